/**
 * Checkpoints of the Llama family: the decoder as a graph, and engines that generate, measure saliency and differentiate.
 *
 * @module
 */
export type { AttentionCalibration } from "./attention_calibration.ts";
export * as Checkpoint from "./checkpoint.ts";
export type { OpenError } from "./checkpoint.ts";
export { CheckpointError } from "./checkpoint_shards.ts";
export { type DecoderConfig, ModelConfigError } from "./config.ts";
export type { Family } from "./config_families.ts";
export type { Rope, RopeScaling } from "./config_rope.ts";
export type { QuantizedLocation, WeightFiles } from "./weight_files.ts";
export {
  type Engine,
  EngineError,
  type Finish,
  type GenerateRequest,
  type Generation,
  NO_PREFIX,
  type Prefix,
  type PromptGradient,
  type PromptGradientRequest,
  type SaliencyRequest,
  type SaliencyResult,
  type Sampling,
  type TuningText,
} from "./engine.ts";
export { openEngine } from "./engine_pool.ts";
export { type EngineOptions, type Placement, placement } from "./engine_options.ts";
export { fingerprint } from "./fingerprint.ts";
export * as Memory from "./memory.ts";
export { openLocalEngine } from "./open.ts";
export { copyBytes, type PreparedWeights, prepareWeights } from "./packed_weights.ts";
export { type Quantization } from "./quantization.ts";
export { quantizedFingerprint } from "./quantized_weights.ts";
export {
  BITS,
  type Directory,
  type Dtype,
  readDirectory,
  SafetensorsError,
  type TensorEntry,
} from "./safetensors.ts";
export { type NamedTensor, writeSafetensors } from "./safetensors_write.ts";
export {
  NonFiniteError,
  readTensor,
  type TensorLocation,
  type WeightDtype,
} from "./tensor_data.ts";
export { wholeHash } from "./whole.ts";
