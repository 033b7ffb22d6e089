import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AdamW, rateAt } from "../../lib/prompt/mod.ts";

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

test("step() and clip() follow torch.optim.AdamW and clip_grad_norm_", () => {
  let parameters = Float32Array.of(1, -2, 0.5, 0.25, 3, -0.125);
  let state = AdamW.initialState(6);
  for (const [raw, lr, expectedNorm, expected] of STEPS) {
    const before = parameters.slice();
    const { gradient, norm } = AdamW.clip(Float32Array.from(raw), 1);
    assert.ok(Math.abs(norm - expectedNorm) < 1e-6);
    const next = AdamW.step(parameters, gradient, state, { lr, weightDecay: 0.01 });
    assert.equal(parameters, before, "step() leaves its arguments as they are");
    near(next.parameters, expected, 2e-7);
    ({ parameters, state } = next as {
      parameters: Float32Array<ArrayBuffer>;
      state: AdamW.AdamWState;
    });
  }
  assert.is(state.step, 3);
});

test("step() moves by the learning rate at first, whatever the gradient's size", () => {
  const { parameters } = AdamW.step(
    Float32Array.of(0, 0, 0),
    Float32Array.of(1e-3, -50, 0),
    AdamW.initialState(3),
    { lr: 0.5, weightDecay: 0 },
  );
  near(parameters, [-0.5, 0.5, 0], 1e-5);
});

test("clip() keeps the direction and never lengthens", () => {
  const finite = fc.float({ min: -1000, max: 1000, noNaN: true });
  fc.assert(
    fc.property(
      fc.float32Array({ noNaN: true, min: -1000, max: 1000, minLength: 1, maxLength: 8 }),
      finite,
      (raw, l) => {
        const limit = Math.abs(l) + 0.01;
        const { gradient, norm } = AdamW.clip(raw, limit);
        const length = Math.hypot(...gradient);
        return length <= limit * (1 + 1e-5) &&
          (norm <= limit * (1 - 1e-4) ? gradient === raw || length >= norm * (1 - 1e-4) : true) &&
          raw.every((value, i) =>
            Math.sign(value) === Math.sign(gradient[i]!) || Math.abs(value) < 1e-30
          );
      },
    ),
  );
  assert.ok(Number.isNaN(AdamW.clip(Float32Array.of(1, NaN), 1).norm));
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
