import { test } from "uvu";
import * as assert from "uvu/assert";
import { Either } from "effect";
import { ropesOf } from "../../../lib/model/checkpoint/rope.ts";
import { inverseFrequencies, rotate, rotationLength } from "../../../lib/model/graph/rope.ts";

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

/** Of ROPE_INIT_FUNCTIONS of transformers 5.24 with torch 2.13, heads of 16, a context of 512. */
const SHORT = [1, 1.1, 1.3, 1.35, 1.7, 2.2, 2.6, 3.1];
const LONG = [1.2, 1.9, 3.3, 4.7, 8.1, 11, 20.5, 31.25];
const SCALED: readonly (readonly [string, object, number, readonly number[]])[] = [
  [
    "yarn",
    { rope_type: "yarn", rope_theta: 1e6, factor: 4, original_max_position_embeddings: 256 },
    0,
    // deno-fmt-ignore
    [1, 0.13337095, 0.01581139, 0.0014058533, 0.00025, 4.4456985e-05, 7.905694e-06, 1.4058534e-06],
  ],
  [
    "yarn, its ramp not cut to whole numbers",
    {
      ...{ rope_type: "yarn", rope_theta: 500, factor: 8, original_max_position_embeddings: 64 },
      ...{ beta_fast: 8, mscale: 2, mscale_all_dim: 0.5, truncate: false },
    },
    0,
    // deno-fmt-ignore
    [1, 0.35628802, 0.09471759, 0.012156156, 0.00559017, 0.002570714, 0.001182177, 0.0005436398],
  ],
  [
    "dynamic, behind the context",
    { rope_type: "dynamic", rope_theta: 10_000, factor: 3 },
    1500,
    // deno-fmt-ignore
    [1, 0.24053042, 0.057854887, 0.01391586, 0.003347188, 0.0008051006, 0.0001936512, 4.6579004e-05],
  ],
  [
    "longrope, up to the context first trained on",
    {
      ...{ rope_type: "longrope", short_factor: SHORT, long_factor: LONG },
      original_max_position_embeddings: 128,
    },
    128,
    // deno-fmt-ignore
    [1, 0.28747976, 0.07692308, 0.023424279, 0.005882353, 0.001437399, 0.00038461538, 0.00010200896],
  ],
  [
    "longrope, behind it",
    {
      ...{ rope_type: "longrope", short_factor: SHORT, long_factor: LONG },
      original_max_position_embeddings: 128,
    },
    129,
    // deno-fmt-ignore
    [0.8333333, 0.16643567, 0.030303031, 0.0067282505, 0.0012345678, 0.00028747978, 4.8780486e-05, 1.0119289e-05],
  ],
];

const ropeOf = (rope_parameters: object) =>
  Either.getOrThrow(
    ropesOf({ rope_parameters }, {}, {
      headDim: 16,
      maxPositions: 512,
      originalMaxPositions: undefined,
    }),
  ).full;

for (const [title, parameters, length, expected] of SCALED) {
  test(`inverseFrequencies() equals transformers' float32 for ${title}, bit by bit`, () => {
    assert.equal(inverseFrequencies(ropeOf(parameters), length), expected.map(Math.fround));
  });
}

test("rotate() stretches cosines and sines by the factor of yarn and longrope", () => {
  const [cos, sin] = [new Float32Array(8), new Float32Array(8)];
  for (const [found, factor] of [[1, 1.138629436111989], [4, 1.1338934190276817]] as const) {
    const rope = ropeOf(SCALED[found - 1]![1]);
    rotate(rope, inverseFrequencies(rope), 0, { cos, sin });
    assert.equal([...cos], Array(8).fill(Math.fround(factor)));
    assert.equal([...sin], Array(8).fill(0));
  }
});

test("rotationLength() tells texts apart that are rotated by their length", () => {
  const lengths = (rope: object) => [512, 513, 900].map((n) => rotationLength(ropeOf(rope), n));
  assert.equal(lengths({ rope_type: "default" }), [0, 0, 0]);
  assert.equal(lengths({ rope_type: "dynamic", factor: 2 }), [0, 513, 900]);
  const longrope = { rope_type: "longrope", short_factor: SHORT, long_factor: LONG };
  assert.equal(lengths(longrope), [0, 513, 513]);
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
