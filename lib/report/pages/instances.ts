/**
 * The frame of the instance browser: its filters. The browser script fills it.
 *
 * @module
 */
import type { Summary } from "../../results/mod.ts";
import { type Html, markup } from "../html/mod.ts";
import type { PackedInstances } from "../run_data/mod.ts";

const CHANGES = [
  ["right right", "right → right"],
  ["right wrong", "right → wrong"],
  ["wrong right", "wrong → right"],
  ["wrong wrong", "wrong → wrong"],
] as const;

const VERDICTS = ["correct", "rounded", "wrong", "unparsed", "cut off"];

const TRIGGER = [["yes", "fired"], ["no", "did not fire"]] as const;

/** Filters, the list and the place where an instance opens. */
export function instancesPage(
  summary: Summary,
  against: string,
  { held, total }: PackedInstances,
): Html {
  const sampled = `This report holds ${held} of the run's ${total} instances, taken evenly, ` +
    "so that it stays small; samples.jsonl has all.";
  return markup`<noscript><p class="note">To show instances, the script of this file must run.</p></noscript>
${held < total ? markup`<p class="note">${sampled}</p>` : null}
<form id="filters" autocomplete="off">
<label class="wide">Text <input type="search" name="text" placeholder="question, answer or id"></label>
${filters(summary, against)}</form>
<p id="count" role="status">Loading…</p>
<div id="browser"><ol id="list"></ol><article id="instance"></article></div>
<p class="note keys">Keys: <kbd>/</kbd> text, <kbd>j</kbd> <kbd>k</kbd> next and previous instance,
<kbd>Esc</kbd> back to the list, <kbd>1</kbd>–<kbd>5</kbd> pages.</p>
`;
}

function filters({ arms, prompts }: Summary, against: string): readonly Html[] {
  const names = Object.keys(arms);
  const strata = Object.entries(Object.values(arms)[0]?.strata ?? {});
  const shown = names.find((name) => name.startsWith("dpc")) ?? names.at(-1) ?? against;
  return [
    select("arm", "Arm", names.map(itself), shown),
    select("verdict", "Answer", any(VERDICTS.map(itself))),
    ...(names.includes(against) ? [select("change", `From ${against}`, any(CHANGES))] : []),
    select("fired", "Trigger", any(TRIGGER)),
    ...(prompts.length > 1 ? [select("prompt", "Prompt", any(prompts.map(itself)))] : []),
    ...strata.map(([key, values]) =>
      select(`stratum ${key}`, key, any(Object.keys(values).map(itself)))
    ),
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
