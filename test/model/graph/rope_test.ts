import { test } from "uvu";
import * as assert from "uvu/assert";
import { inverseFrequencies, rotate } from "../../../lib/model/graph/rope.ts";

const near = (found: ArrayLike<number>, expected: readonly number[], tolerance: number) => {
  assert.is(found.length, expected.length);
  expected.forEach((value, i) => {
    const error = Math.abs(found[i]! - value);
    assert.ok(
      error <= tolerance * Math.abs(value),
      `at ${i}: found ${found[i]}, expected ${value}`,
    );
  });
};

test("inverseFrequencies() is a geometric series from 1", () => {
  const theta = 10_000;
  near(inverseFrequencies({ theta, dimensions: 8, scaling: { kind: "none" } }), [
    1,
    0.1,
    0.01,
    0.001,
  ], 1e-7);
  near(
    inverseFrequencies({ theta, dimensions: 4, scaling: { kind: "linear", factor: 4 } }),
    [0.25, 0.0025],
    1e-7,
  );
});

test("inverseFrequencies() of llama3 keeps short waves, stretches long ones and interpolates between", () => {
  const scaling = {
    kind: "llama3",
    factor: 8,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalMaxPositions: 32,
  } as const;
  const found = inverseFrequencies({ theta: 100, dimensions: 8, scaling });
  // wavelengths 6.3, 19.9, 62.8 and 198.7; kept below 32 / 4, stretched above 32 / 1
  const middle = 100 ** -0.25;
  const smooth = (32 * middle / (2 * Math.PI) - 1) / (4 - 1);
  near(found, [1, (1 - smooth) * middle / 8 + smooth * middle, 0.1 / 8, 100 ** -0.75 / 8], 3e-7);
});

/** Of LlamaRotaryEmbedding, transformers 5.23 with torch 2.13, theta 500000, heads of 64, Llama 3.2's scaling by 32. */
const LLAMA_3_2 = {
  theta: 500_000,
  dimensions: 64,
  scaling: {
    kind: "llama3",
    factor: 32,
    lowFreqFactor: 1,
    highFreqFactor: 4,
    originalMaxPositions: 8192,
  },
} as const;

const LLAMA_3_2_FREQUENCIES = [
  1.0,
  0.6636013,
  0.44036663,
  0.29222783,
  0.19392276,
  0.12868738,
  0.0853971,
  0.05666962,
  0.03760603,
  0.024955409,
  0.01656044,
  0.010989529,
  0.007292665,
  0.0048394212,
  0.003211446,
  0.001290548,
  0.0004295567,
  9.708286e-05,
  1.9461639e-05,
  1.29147675e-05,
  8.570256e-06,
  5.6872323e-06,
  3.7740544e-06,
  2.5044671e-06,
  1.6619674e-06,
  1.1028836e-06,
  7.3187493e-07,
  4.856731e-07,
  3.222933e-07,
  2.1387423e-07,
  1.419272e-07,
  9.4183065e-08,
];

test("inverseFrequencies() equals transformers' float32 for Llama 3.2, bit by bit", () => {
  assert.equal(inverseFrequencies(LLAMA_3_2), LLAMA_3_2_FREQUENCIES.map(Math.fround));
});

test("rotate() rounds the angle to float32 before its cosine, as torch does", () => {
  const [cos, sin] = [new Float32Array(32), new Float32Array(32)];
  rotate(LLAMA_3_2, inverseFrequencies(LLAMA_3_2), 8191, { cos, sin });
  near(cos.subarray(0, 4), [
    -0.6463904976844788,
    0.8237429857254028,
    0.880157470703125,
    0.9675576686859131,
  ], 3e-7);
  near(sin.subarray(0, 4), [
    -0.7630068063735962,
    0.5669633746147156,
    0.4746817648410797,
    -0.25265029072761536,
  ], 3e-7);
});

test.run();
