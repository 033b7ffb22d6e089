/**
 * The safetensors format: headers read and checked, tensors read in pieces and converted, files written.
 *
 * @module
 */
export {
  BITS,
  type Directory,
  type Dtype,
  readDirectory,
  SafetensorsError,
  type TensorEntry,
} from "./read.ts";
export * from "./tensor_data.ts";
export { type NamedTensor, writeSafetensors } from "./write.ts";
