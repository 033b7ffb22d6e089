/**
 * Weights as sessions read them: in place, copied as float32, packed for the kernels or quantized; their hashes, and what they take of memory and disk.
 *
 * @module
 */
export { contentHash } from "./content_hash.ts";
export type {
  BlocksLocation,
  ColumnsLocation,
  GraphKind,
  QuantizedLocation,
  WeightFiles,
  WeightsError,
} from "./files.ts";
export * as Memory from "./memory.ts";
export { copyBytes, PackError, type PreparedWeights, prepareWeights } from "./packed.ts";
export type { BlockQuantization, Quantization } from "./quantization.ts";
export { fingerprintOf } from "./quantized.ts";
