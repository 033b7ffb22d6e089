/**
 * Triggers on the saliency of the first answer: how the soft prompt drives the later steps, and where its flow accumulates.
 *
 * @module
 */
import { accumulation } from "./accumulation.ts";
import * as Flow from "./flow.ts";
import { tokenFlow } from "./flow.ts";
import { onSaliency, type Trigger, type TriggerEntry } from "./make_trigger.ts";
import type { Probe } from "./probe.ts";
import type { LayerRange } from "./saliency.ts";

/** Options of {@linkcode affectedRatio}. */
export interface AffectedRatioOptions {
  /** A token is affected when its flow is above beta; "instance" takes each instance's own mean over R1. */
  readonly beta: number | "instance";
  /** It fires when the share of affected tokens in the latter half is above rho. */
  readonly rho: number;
  /** Which layers count as deep. */
  readonly layers?: LayerRange;
  /** What measures the flow; `SALIENCY` by default. */
  readonly probe?: Probe;
}

/**
 * The paper's trigger: the share of affected tokens in the latter half of the rationale.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Trigger } from "dynamic-prompt-corruption/dpc";
 *
 * const trigger = Trigger.affectedRatio({ beta: 2, rho: 0.4 });
 * const saliency = {
 *   layers: 1, questionRows: 1, rationaleRows: 4, virtualTokens: 1,
 *   promptFlow: Float32Array.of(0, 2, 2, 1, 3),
 *   questionToRationale: Float32Array.of(0), rationaleToRationale: Float32Array.of(0),
 * };
 * const answer = { question: "What is 3 + 4?", text: "It is 7.", ids: [1, 2, 3, 4], logProbabilities: [] };
 * // of 1 and 3, one is above beta
 * assert.equal(trigger.score({ id: "gsm8k/7", ...answer, saliency }), 0.5);
 * ```
 */
export function affectedRatio({ beta, rho, layers, probe }: AffectedRatioOptions): Trigger {
  const own = beta === "instance";
  return onSaliency(own ? "affectedRatioOwn" : "affectedRatio", rho, (saliency) => {
    const flow = tokenFlow(saliency, layers);
    return Flow.affectedRatio(flow, own ? Flow.beta([flow]) : beta);
  }, probe);
}

/** A threshold, and which layers count as deep. */
export interface ThresholdOptions {
  /** The score above which it fires. */
  readonly threshold: number;
  /** Layers that count; by default the deep half, for accumulationShare the shallow one. */
  readonly layers?: LayerRange;
  /** What measures the flow; `SALIENCY` by default. */
  readonly probe?: Probe;
}

/** Mean flow of the latter half. */
export function lateFlow({ threshold, layers, probe }: ThresholdOptions): Trigger {
  return onSaliency("lateFlow", threshold, (s) => Flow.lateFlow(tokenFlow(s, layers)), probe);
}

/** Largest flow of the latter half. */
export function lateFlowMaximum({ threshold, layers, probe }: ThresholdOptions): Trigger {
  return onSaliency(
    "lateFlowMaximum",
    threshold,
    (s) => Flow.lateFlowMaximum(tokenFlow(s, layers)),
    probe,
  );
}

/** Share of the flow that accumulates at one position; `layers` are the shallow ones. */
export function accumulationShare({ threshold, layers, probe }: ThresholdOptions): Trigger {
  return onSaliency("accumulationShare", threshold, (s) => accumulation(s, layers).share, probe);
}

/** Their entries in the table of triggers. */
export const FLOW_TRIGGERS: Readonly<Record<string, TriggerEntry>> = {
  affectedRatio: {
    description: "the paper's: share of affected tokens in the latter half of the rationale",
    needs: ["threshold", "beta", "deep"],
    make: ({ beta, threshold, deep, probe }) =>
      affectedRatio({ beta, rho: threshold, ...given(deep, probe) }),
    scoreFlow: Flow.affectedRatio,
    axis: "rho",
  },
  affectedRatioOwn: {
    description: "the same against the mean of the instance's own former half",
    needs: ["threshold", "deep"],
    make: ({ threshold, deep, probe }) =>
      affectedRatio({ beta: "instance", rho: threshold, ...given(deep, probe) }),
  },
  lateFlow: {
    description: "mean flow of the latter half",
    needs: ["threshold", "deep"],
    make: ({ threshold, deep, probe }) => lateFlow({ threshold, ...given(deep, probe) }),
  },
  lateFlowMaximum: {
    description: "largest flow of the latter half",
    needs: ["threshold", "deep"],
    make: ({ threshold, deep, probe }) => lateFlowMaximum({ threshold, ...given(deep, probe) }),
  },
  accumulationShare: {
    description: "share of the flow that accumulates at one position",
    needs: ["threshold", "shallow"],
    make: ({ threshold, shallow, probe }) =>
      accumulationShare({ threshold, ...given(shallow, probe) }),
  },
};

const given = (layers: LayerRange | undefined, probe: Probe | undefined) => ({
  ...(layers && { layers }),
  ...(probe && { probe }),
});
