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
export {
  checkFinite,
  eachChunk,
  isWeightDtype,
  NonFiniteError,
  readRows,
  readTensor,
  type TensorLocation,
  type WeightDtype,
} from "./tensor_data.ts";
export { type NamedTensor, writeSafetensors } from "./write.ts";
