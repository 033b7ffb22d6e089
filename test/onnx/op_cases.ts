/**
 * Random cases of every operator, for the forward tests and, smooth, for the gradient's. Total: an operator without does not
 * compile.
 *
 * @module
 */
import type { OpName } from "../../lib/onnx/mod.ts";
import type { CaseOptions, OpCases } from "./cases/case.ts";
import { elementwiseCases } from "./cases/elementwise.ts";
import { indexingCases } from "./cases/indexing.ts";
import { neuralCases } from "./cases/neural.ts";
import { quantizedCases } from "./cases/quantized.ts";
import { reduceCases } from "./cases/reduce.ts";
import { shapeCases } from "./cases/shape.ts";

export function opCases(options: CaseOptions): OpCases<OpName> {
  return {
    ...elementwiseCases(options),
    ...neuralCases,
    ...quantizedCases,
    ...shapeCases(options),
    ...reduceCases(options),
    ...indexingCases(options),
  };
}
