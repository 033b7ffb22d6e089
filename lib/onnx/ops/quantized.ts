/**
 * Products of numbers rounded to 8 bits: rows of the left operand and columns of the right one each have a scale. Sums of whole numbers are
 * exact, so a row's result does not depend on the others. All are functions of {@linkcode ../functions.ts}.
 *
 * @module
 */
import { at, refuse, requireDTypes, type SomeOps } from "./op.ts";
import { FUNCTIONS_DOMAIN } from "../functions.ts";
import { sameShape } from "../types.ts";

export const quantized = {
  /** x [M, k] -> (numbers plus 128 [M, k] u8, scales [M, 1]). */
  QuantizeRows: {
    arity: 1,
    infer: (inputs) => {
      requireDTypes("QuantizeRows", inputs, ["f32"]);
      const { shape } = at(inputs, 0);
      if (shape.length !== 2) refuse("QuantizeRows", "its input must have two axes", inputs);
      return [{ dtype: "u8", shape }, { dtype: "f32", shape: [shape[0]!, 1] }];
    },
    emit: () => ({ type: "QuantizeRows", domain: FUNCTIONS_DOMAIN }),
  },

  /** (x [M, k], its numbers [M, k] u8, its scales [M, 1]) -> x - (q - 128) s. */
  RoundingRest: {
    arity: 3,
    infer: (inputs) => {
      requireDTypes("RoundingRest", inputs, ["f32", "u8", "f32"]);
      const [x, q, s] = inputs.map(({ shape }) => shape);
      if (x!.length !== 2 || !sameShape(x!, q!) || !sameShape(s!, [x![0]!, 1])) {
        refuse("RoundingRest", "its inputs don't match", inputs);
      }
      return [at(inputs, 0)];
    },
    emit: () => ({ type: "RoundingRest", domain: FUNCTIONS_DOMAIN }),
  },

  /** (q [M, k] u8, scales [M, 1], W [k, n] i8, scales [n] or [] of its columns) -> [M, n]. */
  QuantizedMatMul: {
    arity: 4,
    infer: (inputs) => {
      requireDTypes("QuantizedMatMul", inputs, ["u8", "f32", "i8", "f32"]);
      const [q, s, w, c] = inputs.map(({ shape }) => shape);
      const fits = q!.length === 2 && w!.length === 2 && q![1] === w![0] &&
        sameShape(s!, [q![0]!, 1]) && (c!.length === 0 || sameShape(c!, [w![1]!]));
      if (!fits) refuse("QuantizedMatMul", "its inputs don't match", inputs);
      return [{ dtype: "f32", shape: [q![0]!, w![1]!] }];
    },
    emit: () => ({ type: "QuantizedMatMul", domain: FUNCTIONS_DOMAIN }),
  },
} satisfies SomeOps;
