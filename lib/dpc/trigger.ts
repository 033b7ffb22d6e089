/**
 * Stage 1, Dynamic Trigger: whether an instance is to be corrected. A trigger gives each instance a score, higher where the answer
 * is more likely wrong, and fires above its threshold.
 *
 * @module
 */
import type { Registry } from "../registry/mod.ts";
import { CONFIDENCE_TRIGGERS } from "./confidence_triggers.ts";
import { CONTROL_TRIGGERS } from "./control_triggers.ts";
import { FLOW_TRIGGERS } from "./flow_triggers.ts";
import type { TriggerEntry } from "./make_trigger.ts";

export { lowestConfidence, meanConfidence } from "./confidence_triggers.ts";
export { always, disagreement, length, never, random } from "./control_triggers.ts";
export {
  accumulationShare,
  affectedRatio,
  type AffectedRatioOptions,
  lateFlow,
  lateFlowMaximum,
  type ThresholdOptions,
} from "./flow_triggers.ts";
export {
  decide,
  type Decision,
  type Instance,
  make,
  type MeasuredInstance,
  type SaliencyTriggerOptions,
  type Trigger,
  type TriggerEntry,
  type TriggerOptions,
  type TriggerSettings,
} from "./make_trigger.ts";
export { and, not, or } from "./trigger_combinators.ts";

/** All triggers by name; of equally good ones, a calibration prefers the first. */
export const registry: Registry.Registry<TriggerEntry> = {
  kind: "trigger",
  entries: { ...CONTROL_TRIGGERS, ...FLOW_TRIGGERS, ...CONFIDENCE_TRIGGERS },
};

/** The triggers whose threshold is chosen on a development split. */
export const calibrated: Registry.Registry<TriggerEntry> = {
  kind: "trigger",
  entries: Object.fromEntries(
    Object.entries(registry.entries).filter(([, { needs }]) => needs.includes("threshold")),
  ),
};
