/**
 * The flow page: information flow over layers, positions and steps, right against wrong.
 *
 * @module
 */
import type { Analysis } from "../../results/mod.ts";
import * as Figure from "../figures/mod.ts";
import { countLink, type Html, markup } from "../html/mod.ts";
import type { PromptAnalyses } from "../run_data/mod.ts";
import { promptPanels } from "./panels.ts";

/** The information flow of a run. */
export function flowPage({ prompts }: PromptAnalyses): Html {
  const measured = Object.entries(prompts).filter(([, { flow }]) => flow !== null);
  if (measured.length === 0) {
    return markup`<p class="note">No arm of this run measured the information flow.</p>`;
  }
  const formula = markup`|Σ<sub>h</sub> A ⊙ ∂L/∂A|`;
  return markup`<p>Saliency of the first answers, ${formula}: how strongly one position drives another.
Right and wrong first answers are compared; bands and bars are 95 % intervals of the mean, none with fewer than five answers.</p>
${promptPanels(Object.fromEntries(measured.map(([name, each]) => [name, panel(name, each)])))}`;
}

function panel(prompt: string, { flow, samples }: Analysis): Html {
  if (flow === null) return markup``;
  const counts = {
    right: countLink(flow.right.n, { prompt, first: "right" }),
    wrong: countLink(flow.wrong.n, { prompt, first: "wrong" }),
  };
  const along = [Figure.progressFigure(flow), Figure.stepFigure(flow)];
  const positions = [
    Figure.shareFigure(flow),
    Figure.positionFigure(flow),
    Figure.chosenFigure(flow, prompt),
  ];
  return markup`${measuredOn(flow.right.n + flow.wrong.n, samples)}
${Figure.groupKey(counts)}
<h3>Over the layers</h3>
<div class="charts four">${Figure.blockFigures(flow)}</div>
<h3>Over the positions of the prompt</h3>
<div class="charts">${positions}</div>
<h3>Along the rationale</h3>
<div class="charts">${along}</div>`;
}

/** A trigger that needs no flow leaves it unmeasured where it does not fire: then the rest is not all. */
function measuredOn(measured: number, samples: number): Html | null {
  return measured === samples
    ? null
    : markup`<p class="note">Measured on ${measured} of ${samples} instances, where an arm asked for it: no sample of all.</p>`;
}
