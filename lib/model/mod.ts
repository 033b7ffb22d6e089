/**
 * Checkpoints of the Llama family: the decoder as a graph, and engines that generate, measure saliency and differentiate.
 *
 * @module
 */
export { lossBucket } from "./buckets.ts";
export * as Checkpoint from "./checkpoint.ts";
export type { OpenError } from "./checkpoint.ts";
export type { DecoderConfig } from "./config.ts";
export {
  type AttentionCalibration,
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
export { weightFiles } from "./weight_files.ts";
export { readDirectory, SafetensorsError } from "./safetensors.ts";
export { type NamedTensor, writeSafetensors } from "./safetensors_write.ts";
export { readTensor } from "./tensor_data.ts";
