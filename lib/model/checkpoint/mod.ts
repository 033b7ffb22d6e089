/**
 * A Hugging Face checkpoint: its configuration read into what the decoder needs, its shards and tensors found and checked.
 *
 * @module
 */
export * as Checkpoint from "./checkpoint.ts";
export { checkFinite, open, type OpenError, tensor } from "./checkpoint.ts";
export { type DecoderConfig, ModelConfigError, parseConfig } from "./config.ts";
export {
  type ExpectedTensor,
  expectedTensors,
  isMultiplied,
  storedTensors,
} from "./expected_tensors.ts";
export type { Family } from "./families.ts";
export type { Rope } from "./rope.ts";
export type { RopeScaling } from "./rope_scaling.ts";
export { type Activation, type DecoderTraits, type NormsAround, PLAIN } from "./traits.ts";
export { CheckpointError } from "./shards.ts";
