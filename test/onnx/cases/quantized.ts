/**
 * Cases of products of 8 bits.
 *
 * @module
 */
import fc from "fast-check";
import { Op } from "../../../lib/onnx/mod.ts";
import { reals, size } from "../arbitraries.ts";
import * as reference from "../reference.ts";
import type { OpCase } from "./case.ts";

/** Rows of numbers, and one of zeros alone. */
const rows: fc.Arbitrary<OpCase> = fc.tuple(size, size).chain((shape) => reals(shape)).map((x) => ({
  inputs: [{ ...x, data: x.data.map((value, i) => i < x.shape[1]! ? 0 : value) }],
  build: ([x]) => {
    const { numbers, scales } = Op.quantizeRows(x!);
    return [numbers, scales];
  },
  expected: ([x]) => reference.quantizeRows(x!),
}));

const rests: fc.Arbitrary<OpCase> = fc.tuple(size, size).chain(([m, k]) =>
  fc.tuple(reals([m, k]), fc.uint8Array({ minLength: m * k, maxLength: m * k }), reals([m, 1]))
    .map(([x, data, s]) => ({
      inputs: [x, { dtype: "u8", shape: [m, k], data }, s],
      build: ([x, numbers, scales]) => [
        Op.roundingRest(x!, { numbers: numbers!, scales: scales! }),
      ],
      expected: ([x, q, s]) => [
        reference.elementwise((x, q, s) => x - (q - 128) * s, x!, q!, s!),
      ],
    }))
);

const products: fc.Arbitrary<OpCase> = fc.record({
  m: size,
  k: fc.integer({ min: 1, max: 70 }),
  n: size,
  oneScale: fc.boolean(),
}).chain(({ m, k, n, oneScale }) =>
  fc.tuple(
    fc.uint8Array({ minLength: m * k, maxLength: m * k, min: 1 }),
    reals([m, 1]),
    fc.int8Array({ minLength: k * n, maxLength: k * n, min: -127 }),
    reals(oneScale ? [] : [n]),
  ).map(([q, s, w, c]) => ({
    inputs: [
      { dtype: "u8", shape: [m, k], data: q },
      s,
      { dtype: "i8", shape: [k, n], data: w },
      c,
    ],
    build: ([numbers, scales, w, c]) => [
      Op.quantizedMatMul({ numbers: numbers!, scales: scales! }, w!, c!),
    ],
    expected: ([q, s, w, c]) => [reference.quantizedMatMul(q!, s!, w!, c!)],
  }))
);

export const quantizedCases = {
  RoundingRest: rests,
  QuantizeRows: rows,
  QuantizedMatMul: products,
};
