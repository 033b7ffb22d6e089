/**
 * What a case of an operator is.
 *
 * @module
 */
import type fc from "fast-check";
import type { DType, Value } from "../../../lib/onnx/mod.ts";
import type { Tensor } from "../../../lib/runtime/session.ts";
import type { NdArray } from "../reference.ts";

/** An operator applied to random tensors, in the graph and in plain loops. */
export interface OpCase {
  readonly inputs: readonly Tensor[];
  /** Applies the operator once; all outputs of its node. */
  readonly build: (inputs: readonly Value[]) => readonly Value[];
  readonly expected: (inputs: readonly NdArray[]) => readonly NdArray[];
}

/** What the cases are for. */
export interface CaseOptions {
  /** Only f32 computations, and inputs away from kinks: no ties where a largest is chosen, no zeros under an absolute value. */
  readonly smooth: boolean;
}

/** Random cases of each operator. */
export type OpCases<K extends string> = Readonly<Record<K, fc.Arbitrary<OpCase>>>;

/** Dtypes of operators that work on any; f32 alone where they are differentiated. */
export function anyDType({ smooth }: CaseOptions): readonly DType[] {
  return smooth ? ["f32"] : ["f32", "i64", "bool", "u8"];
}
