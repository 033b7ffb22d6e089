/**
 * The safetensors format: headers read and checked, tensors read in pieces and converted, files written.
 *
 * @module
 */
export * from "./read.ts";
export { bfloatToFloat, halfToFloat } from "./float_formats.ts";
export * from "./tensor_data.ts";
export { type NamedTensor, safetensorsHead, writeSafetensors } from "./write.ts";
