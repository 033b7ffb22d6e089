/**
 * Stage 1, Dynamic Trigger: whether an instance is to be corrected. A trigger gives each instance a score, higher where the answer
 * is more likely wrong, and fires above its threshold.
 *
 * @module
 */
import { Either } from "effect";
import { oneOf, Registry, type UnknownName } from "../registry/mod.ts";
import { CONFIDENCE_TRIGGERS } from "./confidence_triggers.ts";
import { CONTROL_TRIGGERS } from "./control_triggers.ts";
import { FLOW_TRIGGERS } from "./flow_triggers.ts";
import type { TriggerEntry } from "./make_trigger.ts";
import { type ProbeName, probes, SALIENCY, splitProbe } from "./probe.ts";

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
export { and, cascade, type CascadeOptions, not, or } from "./trigger_combinators.ts";

/** All triggers by name; of equally good ones, a calibration prefers the first. */
export const registry: Registry.Registry<TriggerEntry> = {
  kind: "trigger",
  entries: { ...CONTROL_TRIGGERS, ...FLOW_TRIGGERS, ...CONFIDENCE_TRIGGERS },
};

/**
 * The entry of a name: of the table, or "lateFlow@attention" for one that reads the flow of another probe than saliency.
 */
export function find(name: string): Either.Either<TriggerEntry, UnknownName> {
  const { reader, probe } = splitProbe(name);
  return Either.gen(function* () {
    const entry = yield* Registry.find(registry, reader);
    if (probe === undefined) return entry;
    // named whole where it reads no flow, as no such trigger is there
    if (!readsFlow(entry)) yield* oneOf("trigger", name, Registry.names(registry));
    yield* Registry.find(probes, probe);
    const make: TriggerEntry["make"] = (settings) => ({
      ...entry.make({
        ...settings,
        probe: { ...SALIENCY, ...settings.probe, name: probe as ProbeName },
      }),
      name,
    });
    return { ...entry, make };
  });
}

/** Whether a trigger of the table reads the flow itself. */
export const readsFlow = ({ needs, control }: TriggerEntry): boolean =>
  !control && needs.some((need) => need === "deep" || need === "shallow");

/** The triggers whose threshold is chosen on a development split. */
export const calibrated: Registry.Registry<TriggerEntry> = {
  kind: "trigger",
  entries: Object.fromEntries(
    Object.entries(registry.entries).filter(([, { needs }]) => needs.includes("threshold")),
  ),
};
