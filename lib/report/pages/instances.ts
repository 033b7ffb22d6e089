/**
 * The frame of the instance browser: its filters. The browser script fills it.
 *
 * @module
 */
import type { Summary } from "../../results/mod.ts";
import { type Html, markup } from "../html/mod.ts";
import type { PackedInstances, PromptAnalyses } from "../run_data/mod.ts";
import { spokenArm } from "../takeaways/mod.ts";

const ANSWERS = ["correct", "not correct", "rounded", "wrong", "unparsed", "cut off"];

const GROUPS = ["right", "wrong"];

const TRIGGER = [["yes", "fired"], ["no", "did not fire"]] as const;

const AGREEMENT = [["no", "disagree"], ["yes", "agree"]] as const;

const ORDERS = [
  ["", "order of the run"],
  ["id", "id"],
  ["score", "trigger's score, highest first"],
  ["tokens", "tokens, most first"],
  ["mean", "mean log p, lowest first"],
] as const;

/** Filters, the list and the place where an instance opens. */
export function instancesPage(
  summary: Summary,
  analyses: PromptAnalyses,
  { held, total }: PackedInstances,
): Html {
  const sampled = `This report holds ${held} of the run's ${total} instances, taken evenly, ` +
    "so that it stays small; samples.jsonl has all. Counts elsewhere are of all.";
  return markup`<noscript><p class="note">To show instances, the script of this file must run.</p></noscript>
${held < total ? markup`<p class="note">${sampled}</p>` : null}
<form id="filters" autocomplete="off">
<label class="wide">Text <input type="search" name="text" placeholder="question, answer or id"></label>
${filters(summary, analyses)}</form>
<p class="bar"><span id="count" role="status">Loading…</span></p>
<div id="browser"><nav class="list" aria-label="Instances"><ol id="list"></ol></nav><article id="instance"></article></div>
<p class="note keys">Keys: <kbd>/</kbd> text, <kbd>j</kbd> <kbd>k</kbd> next and previous instance,
<kbd>Esc</kbd> back to the list, <kbd>←</kbd> <kbd>→</kbd> along the tokens of a map, <kbd>1</kbd>–<kbd>5</kbd> pages.</p>
`;
}

function filters(summary: Summary, { prompts: analyses }: PromptAnalyses): readonly Html[] {
  const { arms, prompts } = summary;
  const names = Object.keys(arms);
  const strata = Object.entries(Object.values(arms)[0]?.strata ?? {});
  const shown = spokenArm(summary) ?? names.at(-1) ?? "";
  const corrects = names.some((name) => arms[name]!.triggerRate !== null);
  const flows = Object.values(analyses).flatMap(({ flow }) => flow ?? []);
  const n = Math.max(
    0,
    ...flows.map(({ right, wrong }) => Math.max(right.chosen.length, wrong.chosen.length)),
  );
  const positions = Array.from({ length: n }, (_, j) => itself(String(j)));
  return [
    select("arm", "Arm", names.map(itself), shown),
    select("answer", "Its answer", any(ANSWERS.map(itself))),
    ...(names.includes("pt") || corrects
      ? [select("first", "First answer", any(GROUPS.map(itself)))]
      : []),
    ...(corrects
      ? [
        select("fired", "Trigger", any(TRIGGER)),
        number("from", "Score from"),
        number("to", "below"),
      ]
      : []),
    ...(names.length > 1 ? [select("agree", "Arms", any(AGREEMENT))] : []),
    ...(prompts.length > 1 ? [select("prompt", "Prompt", any(prompts.map(itself)))] : []),
    ...strata.map(([key, values]) =>
      select(`stratum.${key}`, key, any(Object.keys(values).map(itself)))
    ),
    ...(n > 0 ? [select("position", "Accumulates at", any(positions))] : []),
    select("sort", "Sort by", ORDERS),
  ];
}

type Choice = readonly [value: string, label: string];

const itself = (value: string): Choice => [value, value];

const any = (choices: readonly Choice[]): readonly Choice[] => [["", "any"], ...choices];

function select(name: string, label: string, choices: readonly Choice[], chosen = ""): Html {
  const options = choices.map(([value, text]) =>
    value === chosen
      ? markup`<option value="${value}" selected>${text}</option>`
      : markup`<option value="${value}">${text}</option>`
  );
  return markup`<label>${label} <select name="${name}">${options}</select></label>\n`;
}

const number = (name: string, label: string): Html =>
  markup`<label>${label} <input type="number" step="any" name="${name}"></label>\n`;
