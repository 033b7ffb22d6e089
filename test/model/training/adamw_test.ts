import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  clipScale,
  initialMoments,
  normOf,
  rateAt,
  stepAdamW,
} from "../../../lib/model/training/mod.ts";

const near = (found: ArrayLike<number>, expected: readonly number[], tolerance: number) => {
  assert.is(found.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(
      Math.abs(found[i]! - value) <= tolerance,
      `at ${i}: found ${found[i]}, expected ${value}`,
    );
  });
};

/** Gradient and learning rate of each step, the norm before clipping to 1, and the values after it: torch 2.13, torch.optim.AdamW. */
const STEPS: readonly (readonly [readonly number[], number, number, readonly number[]])[] = [
  [[0.3, -0.2, 1e-4, 4, 0, -1], 0.1, 4.1388402, [
    0.89900005,
    -1.898,
    0.39954141,
    0.14975002,
    2.99699998,
    -0.02487502,
  ]],
  [[-0.1, -0.2, 1e-4, 0.5, 0.25, 2], 0.05, 2.08866, [
    0.89111328,
    -1.84874272,
    0.35104609,
    0.10820605,
    2.95829463,
    -0.05274694,
  ]],
  [[0, 1, -3, 1, 1, 1], 0.2, 3.60555124, [
    0.86633509,
    -1.91036916,
    0.47809708,
    -0.04983698,
    2.78949809,
    -0.17020735,
  ]],
];

test("stepAdamW() and clipScale() follow torch.optim.AdamW and clip_grad_norm_", () => {
  const weights = Float32Array.of(1, -2, 0.5, 0.25, 3, -0.125);
  const moments = initialMoments(6);
  STEPS.forEach(([raw, lr, expectedNorm, expected], index) => {
    const gradient = Float32Array.from(raw);
    const norm = normOf(gradient);
    assert.ok(Math.abs(norm - expectedNorm) < 1e-6);
    const scale = clipScale(norm, 1);
    stepAdamW(weights, gradient, moments, { lr, step: index + 1, weightDecay: 0.01, scale });
    assert.equal(gradient, Float32Array.from(raw), "the gradient stays as it is");
    near(weights, expected, 2e-7);
  });
});

test("stepAdamW() moves by the learning rate at first, whatever the gradient's size", () => {
  const weights = new Float32Array(3);
  const options = { lr: 0.5, step: 1, weightDecay: 0 };
  stepAdamW(weights, Float32Array.of(1e-3, -50, 0), initialMoments(3), options);
  near(weights, [-0.5, 0.5, 0], 1e-5);
});

test("clipScale() shortens what is longer than the limit to it, and nothing else", () => {
  fc.assert(
    fc.property(
      fc.float32Array({ noNaN: true, min: -1000, max: 1000, minLength: 1, maxLength: 8 }),
      fc.double({ min: 0.01, max: 1000, noNaN: true }),
      (gradient, limit) => {
        const norm = normOf(gradient);
        const scale = clipScale(norm, limit);
        return Math.abs(norm - Math.hypot(...gradient)) <= 1e-9 * norm &&
          norm * scale <= limit &&
          (norm <= limit - 1e-6 ? scale === 1 : norm * scale >= limit * (1 - 1e-3));
      },
    ),
  );
});

test("rateAt() follows transformers' get_cosine_schedule_with_warmup", () => {
  const rates = Array.from(
    { length: 11 },
    (_, step) => rateAt({ lr: 0.3, steps: 10, warmup: 3 }, step),
  );
  const expected = [
    0,
    0.1,
    0.2,
    0.3,
    0.28514533,
    0.24352347,
    0.18337814,
    0.11662186,
    0.05647653,
    0.01485467,
    0,
  ];
  near(rates, expected, 1e-8);
  assert.is(rateAt({ lr: 0.3, steps: 10, warmup: 0 }, 0), 0.3);
});

test.run();
