/**
 * The safetensors format: headers read and checked, tensors read in pieces and converted, files written.
 *
 * @module
 */
export * from "./read.ts";
export * from "./tensor_data.ts";
export { type NamedTensor, writeSafetensors } from "./write.ts";
