/**
 * The table of operators: what each takes, what it gives and the ONNX node it becomes. It is total: an operator that is
 * named in {@linkcode Attributes} and missing here does not compile.
 *
 * @module
 */
import type { OpName, OpSpecs } from "./op.ts";
import { elementwise } from "./elementwise.ts";
import { indexing } from "./indexing.ts";
import { neural } from "./neural.ts";
import { quantized } from "./quantized.ts";
import { reduce } from "./reduce.ts";
import { shape } from "./shape.ts";

export type { Attributes, Emission, None, OnnxAttribute, OpName, OpSpec, OpSpecs } from "./op.ts";

/** Shape rule, dtype rule and emission of every operator. */
export const opTable: OpSpecs<OpName> = {
  ...elementwise,
  ...neural,
  ...quantized,
  ...shape,
  ...reduce,
  ...indexing,
};
