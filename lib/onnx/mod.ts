/**
 * A typed graph of ONNX operators, pure: build it with {@linkcode Op}, check it with {@linkcode verify}, read it with
 * {@linkcode print}, and turn it into a model with {@linkcode encode}.
 *
 * Stability: experimental.
 *
 * @module
 */
export * as Graph from "./graph.ts";
export { topologicalOrder } from "./graph.ts";
export type { ConstantData, ExternalLocation, Node, Value } from "./graph.ts";
export * as Op from "./build.ts";
export * from "./ops/mod.ts";
export { encode, externalLocations } from "./encode.ts";
export { isOpen, minus, plus, type Size, times } from "./size.ts";
export * from "./providers/mod.ts";
export { print } from "./print.ts";
export { simplify } from "./simplify.ts";
export { verify } from "./verify.ts";
export {
  broadcast,
  dtypes,
  fits,
  formatType,
  GraphError,
  resolveAxis,
  sameShape,
  sizeOf,
} from "./types.ts";
export type { DType, FixedShape, Shape, TensorType } from "./types.ts";
