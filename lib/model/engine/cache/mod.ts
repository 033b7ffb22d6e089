/**
 * Keys and values: of prefixes, and of the slots of a decode batch, in this process or on a device.
 *
 * @module
 */
export { DeviceSlots } from "./device_slots.ts";
export { HostSlots } from "./host_slots.ts";
export {
  freeKeysValues,
  keptKeysValues,
  type KeysValues,
  keysValuesOf,
  keyValueBytes,
  keyValueNames,
  prefixFeeds,
} from "./kv_cache.ts";
export type { Slots } from "./slots.ts";
export * from "./prompt_layout.ts";
