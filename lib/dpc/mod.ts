/**
 * The paper: saliency reductions, accumulation, triggers, corruptions and acceptance rules, as pure functions and plain values.
 *
 * Stability: stable.
 *
 * @module
 */
export {
  type Accumulation,
  accumulation,
  type AccumulationRows,
  topPositions,
} from "./accumulation.ts";
export * as Acceptance from "./acceptance.ts";
export { NO_TOKENS } from "./confidence.ts";
export * as Corruption from "./corruption/mod.ts";
export * as Trigger from "./trigger.ts";
export * from "./flow.ts";
export {
  type Passes,
  type Probe,
  type ProbeEntry,
  type ProbeName,
  probes,
  SALIENCY,
  sameProbe,
  splitProbe,
} from "./probe.ts";
export {
  allLayers,
  type BlockFlow,
  blockFlow,
  deepLayers,
  type LayerRange,
  positionFlow,
  promptFlow,
  type Saliency,
  shallowLayers,
} from "./saliency.ts";
