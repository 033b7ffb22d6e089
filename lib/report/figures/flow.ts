/**
 * Figures of the information flow over layers and along the rationale, right against wrong first answers.
 *
 * @module
 */
import type { FlowAnalysis } from "../../results/mod.ts";
import { flowTakeaways, type FlowWords } from "../takeaways/mod.ts";
import { curveFigure, logPoints, logsOf, sharedDomain } from "./curves.ts";
import type { Html } from "../html/mod.ts";

const BLOCKS = [
  ["pq", "Soft prompt to question", "S_pq"],
  ["pr", "Soft prompt to rationale", "S_pr"],
  ["qr", "Question to rationale", "S_qr"],
  ["rr", "Rationale to itself", "S_rr"],
] as const;

/** The four blocks of the saliency, each over the layers, on one axis. */
export function blockFigures(flow: FlowAnalysis): readonly Html[] {
  const curves = BLOCKS.map(([key]) => logPoints(flow, key, (layer) => layer));
  const domain = sharedDomain(curves.flat());
  const takeaways = flowTakeaways(
    BLOCKS.map(([key, , what]) => ({
      ...logsOf(flow, key),
      ...{ what, point: ["layer", "layers"], first: 0 },
    })),
  );
  return BLOCKS.map(([, title, symbol], i) =>
    curveFigure(curves[i]!, {
      title,
      takeaway: takeaways[i]!,
      caption:
        `${symbol}, saliency of a pair of positions: geometric mean over the answers. Logarithmic axis, the same in the four figures.`,
      label: `${symbol} over layers for right and wrong first answers`,
      axes: ["layer", symbol],
      domain,
    })
  );
}

/** How the flow from the soft prompt goes on along the rationale. */
export function progressFigure(flow: FlowAnalysis): Html {
  return along(flow, "tenths", {
    words: { what: "s_t", point: ["tenth", "tenths"], first: 1 },
    title: "Along the rationale",
    caption:
      "s_t, flow from the soft prompt to a token in the deep layers, in each tenth of the rationale: geometric mean over the answers, logarithmic axis.",
    axis: "tenth of the rationale",
  });
}

/** The same for each step; null where the samples do not tell steps apart. */
export function stepFigure(flow: FlowAnalysis): Html | null {
  return flow.right.steps.length + flow.wrong.steps.length === 0 ? null : along(flow, "steps", {
    words: { what: "s_t", point: ["step", "steps"], first: 1 },
    title: "Step by step",
    caption: "s_t in each line of the rationale; few answers have many lines, so the bands widen.",
    axis: "step",
  });
}

function along(
  flow: FlowAnalysis,
  key: "tenths" | "steps",
  { words, title, caption, axis }: {
    readonly words: FlowWords;
    readonly title: string;
    readonly caption: string;
    readonly axis: string;
  },
): Html {
  return curveFigure(logPoints(flow, key, (at) => at + 1), {
    title,
    takeaway: flowTakeaways([{ ...logsOf(flow, key), ...words }])[0]!,
    caption,
    label: `Flow from the soft prompt in each ${axis}`,
    axes: [axis, "s_t"],
  });
}
