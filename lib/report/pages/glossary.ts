/**
 * What the words of the report mean: arms, triggers and corruptions from their tables, the rest from here.
 *
 * @module
 */
import { glossary } from "../../arm/mod.ts";
import type { Summary } from "../../results/mod.ts";
import { type Html, markup } from "../html/mod.ts";
import type { PromptAnalyses } from "../run_data/mod.ts";

const WORDS: Readonly<Record<string, string>> = {
  "first answer": "the answer under the soft prompt as it is (arm pt), before any correction",
  "corrected":
    "generated again with a corrupted soft prompt, because the trigger fired on the first answer",
  "trigger": "scores a first answer; fires, and so has it corrected, above its threshold",
  "soft prompt, virtual tokens":
    "trained vectors that stand before the question, or with prefix tuning keys and values of each layer; its positions",
  "saliency, flow":
    "|Σ A ⊙ ∂L/∂A| over the heads: how strongly a position drives another through attention",
  "S_pq, S_pr, S_qr, S_rr":
    "mean saliency from soft prompt (p), question (q) and rationale (r) to question and rationale, layer by layer",
  "a(j)": "flow from virtual token j in the shallow layers: where information accumulates",
  "s_t": "flow from the soft prompt to token t of the rationale in the deep layers",
  "rationale": "the answer's text: its steps and its result",
  "95 % interval": "a range that holds the true value in 95 of 100 such runs",
  "p (Holm)": "p value corrected for the number of comparisons it stands among (Holm 1979)",
  "shown":
    "the 95 % interval leaves out 0 and the corrected p value is below 0.05; a claim needs both",
  "rounded": "wrong, as a rounded decimal where the exact value is asked for",
  "unparsed": "no answer was found in the text",
  "cut off": "the text reached the limit of tokens before an answer",
};

/** The glossary of a run. */
export function glossaryList({ arms }: Summary, { corrections }: PromptAnalyses): Html {
  const terms = [
    ...glossary([...Object.keys(arms), ...corrections]),
    ...Object.entries(WORDS).map(([name, description]) => ({ name, description })),
  ];
  const items = terms.map(({ name, description }) =>
    markup`<div><dt>${name}</dt><dd>${description}</dd></div>\n`
  );
  return markup`<dl class="glossary">${items}</dl>`;
}
