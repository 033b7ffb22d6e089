/**
 * Arms, triggers, corruptions and acceptance rules by name, with the thresholds of a calibrated prompt.
 *
 * @module
 */
export { type ArmEntry, type ArmParts, arms, byName } from "./arms.ts";
export { ArmError, type ArmFailure, NotCalibrated } from "./failure.ts";
export {
  acceptanceByName,
  type ArmOptions,
  corruptionByName,
  triggerByName,
  triggerSettings,
} from "./parts.ts";
