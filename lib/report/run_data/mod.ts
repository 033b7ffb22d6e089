/**
 * What the report reads of a run directory.
 *
 * @module
 */
export {
  type Instance,
  type InstanceFlow,
  type InstanceLimits,
  InstancePacker,
  type PackedInstances,
} from "./instances.ts";
export { type ArmTime, TimeCollector } from "./times.ts";
