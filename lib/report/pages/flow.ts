/**
 * The flow page: information flow over layers, positions and steps, right against wrong.
 *
 * @module
 */
import type { Analysis } from "../../results/mod.ts";
import * as Figure from "../figures/mod.ts";
import { type Html, markup } from "../html/mod.ts";

/** The information flow of a run. */
export function flowPage({ flow, samples }: Analysis): Html {
  if (flow === null) {
    return markup`<p class="note">No arm of this run measured the information flow.</p>`;
  }
  const formula = markup`|Σ<sub>h</sub> A ⊙ ∂L/∂A|`;
  const figures = [
    Figure.blockFigures(flow),
    Figure.progressFigure(flow),
    Figure.stepFigure(flow),
    Figure.shareFigure(flow),
    Figure.positionFigure(flow),
    Figure.chosenFigure(flow),
  ];
  return markup`<p>Saliency of the first answers, ${formula}: how strongly one position drives another.
Bands are 95 % intervals of the mean.</p>
${measuredOn(flow.right.n + flow.wrong.n, samples)}
${Figure.groupKey({ right: flow.right.n, wrong: flow.wrong.n })}
<div class="charts">${figures}</div>`;
}

/** A trigger that needs no flow leaves it unmeasured where it does not fire: then the rest is not all. */
function measuredOn(measured: number, samples: number): Html | null {
  return measured === samples
    ? null
    : markup`<p class="note">Measured on ${measured} of ${samples} instances, where an arm asked for it: no sample of all.</p>`;
}
