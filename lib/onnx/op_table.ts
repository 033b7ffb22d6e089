/**
 * The table of operators: what each takes, what it gives and the ONNX node it becomes. It is total: an operator that is
 * named in {@linkcode Attributes} and missing here does not compile.
 *
 * @module
 */
import type { OpName, OpSpecs } from "./op.ts";
import { elementwise } from "./ops/elementwise.ts";
import { indexing } from "./ops/indexing.ts";
import { neural } from "./ops/neural.ts";
import { reduce } from "./ops/reduce.ts";
import { shape } from "./ops/shape.ts";

/** Shape rule, dtype rule and emission of every operator. */
export const opTable: OpSpecs<OpName> = {
  ...elementwise,
  ...neural,
  ...shape,
  ...reduce,
  ...indexing,
};
