/**
 * From a folder of files to batched generation and gradients: checkpoints, weights, the decoder as a graph, and the engine that runs it.
 *
 * Stability: stable.
 *
 * @module
 */
export {
  type Activation,
  Checkpoint,
  CheckpointError,
  type DecoderConfig,
  type DecoderTraits,
  type Family,
  ModelConfigError,
  type NormsAround,
  type OpenError,
  type Rope,
  type RopeScaling,
} from "./checkpoint/mod.ts";
export { type Adapted, AdapterError, mergeAdapter } from "./adapter/mod.ts";
export * from "./engine/mod.ts";
export { GgufError } from "./gguf/mod.ts";
export { NO_PROMPT, SoftPrompt, type SoftPromptOptions, type TuningMethod } from "./soft_prompt.ts";
export type { AttentionCalibration, SinkRule } from "./graph/mod.ts";
export {
  BITS,
  type Directory,
  type Dtype,
  type NamedTensor,
  NonFiniteError,
  readDirectory,
  readTensor,
  SafetensorsError,
  type TensorEntry,
  type TensorLocation,
  type WeightDtype,
  writeSafetensors,
} from "./safetensors/mod.ts";
export * from "./weights/mod.ts";
