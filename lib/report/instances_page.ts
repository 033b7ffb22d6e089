/**
 * The frame of the instance browser: its filters. The browser script fills it.
 *
 * @module
 */
import type { Summary } from "../eval/mod.ts";
import { type Html, html } from "./html.ts";
import type { PackedInstances } from "./instances.ts";

const CHANGES = [
  ["right right", "right → right"],
  ["right wrong", "right → wrong"],
  ["wrong right", "wrong → right"],
  ["wrong wrong", "wrong → wrong"],
] as const;

const VERDICTS = ["correct", "wrong", "unparsed", "cut off"] as const;

/** Filters, the list and the place where an instance opens. */
export function instancesPage(
  summary: Summary,
  against: string,
  { held, total }: PackedInstances,
): Html {
  const { arms, prompts } = summary;
  const names = Object.keys(arms);
  const strata = Object.entries(Object.values(arms)[0]?.strata ?? {});
  const shown = names.find((name) => name.startsWith("dpc")) ?? names.at(-1) ?? against;
  return html`
    <noscript><p class="note">The instances need a browser that runs the script of this file.</p></noscript>
    ${held < total
      ? html`
        <p
          class="note">This report holds ${held} of the run's ${total} instances, taken evenly, so that it stays small; samples.jsonl has all.</p>
      `
      : null}
    <form id="filters" autocomplete="off">
    <label class="wide">Text <input type="search" name="text" placeholder="question, answer or id"></label>
    ${select("arm", "Arm", names.map((name) => [name, name]), shown)}
    ${select("verdict", "Answer", any(VERDICTS.map((verdict) => [verdict, verdict])))}
    ${names.includes(against) ? select("change", `From ${against}`, any(CHANGES)) : null}
    ${select("fired", "Trigger", any([["yes", "fired"], ["no", "did not fire"]]))}
    ${prompts.length > 1
      ? select("prompt", "Prompt", any(prompts.map((prompt) => [prompt, prompt])))
      : null}
    ${strata.map(([key, values]) =>
      select(`stratum ${key}`, key, any(Object.keys(values).map((value) => [value, value])))
    )}
    </form>
    <p id="count" role="status"></p>
    <div id="browser">
      <ol id="list"></ol>
      <article id="instance" aria-live="polite"></article>
    </div>
    <p
      class="note keys">Keys: <kbd>/</kbd> text, <kbd>j</kbd> <kbd>k</kbd> next and previous instance, <kbd>Esc</kbd> back to the list, <kbd>1</kbd>–<kbd>5</kbd> pages.</p>
  `;
}

type Choice = readonly [value: string, label: string];

const any = (choices: readonly Choice[]): readonly Choice[] => [["", "any"], ...choices];

function select(name: string, label: string, choices: readonly Choice[], chosen = ""): Html {
  return html`<label>${label} <select name="${name}">${
    choices.map(([value, text]) =>
      value === chosen
        ? html`<option value="${value}" selected>${text}</option>`
        : html`<option value="${value}">${text}</option>`
    )
  }</select></label>`;
}
