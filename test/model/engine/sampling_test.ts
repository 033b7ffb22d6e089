import { readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sampler } from "../../../lib/model/engine/sampling.ts";

const LOGITS = Float32Array.of(0.5, 2, -1, 1.5, -30, 0);

/** Probabilities of a softmax at a temperature. */
function softmax(logits: Float32Array, temperature = 1): readonly number[] {
  const weights = Array.from(logits, (x) => Math.exp(x / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** How often each token comes in many draws. */
function frequencies(
  temperature: number,
  topP: number,
  more: Partial<Parameters<typeof sampler>[0]> = {},
): readonly number[] {
  const sample = sampler({ temperature, topP, ...more, seed: 7 });
  const draws = 40_000;
  const counts = new Array<number>(LOGITS.length).fill(0);
  for (let i = 0; i < draws; i++) counts[sample(LOGITS).token]!++;
  return counts.map((count) => count / draws);
}

const assertNear = (found: readonly number[], expected: readonly number[]) =>
  found.forEach((x, i) =>
    // five standard deviations of a frequency
    assert.ok(
      Math.abs(x - expected[i]!) <= 5 * Math.sqrt(expected[i]! * (1 - expected[i]!) / 40_000),
      `token ${i} comes in ${x} of the draws, not ${expected[i]}`,
    )
  );

test("sampler() draws by the softmax at its temperature", () => {
  for (const temperature of [0.5, 1, 2]) {
    assertNear(frequencies(temperature, 1), softmax(LOGITS, temperature));
  }
});

test("sampler() draws from the least set that reaches topP, in its proportions", () => {
  // 1 and 3 have 0.49 and 0.30 of the mass, 0 the next 0.11
  const [, first, , second] = softmax(LOGITS);
  const both = first! + second!;
  assertNear(frequencies(1, 0.7), [0, first! / both, 0, second! / both, 0, 0]);
  assertNear(frequencies(1, 0.4), [0, 1, 0, 0, 0, 0]);
});

test("sampler() draws from the topK likeliest, and topP is a share of those", () => {
  const [, first, , second] = softmax(LOGITS);
  const both = first! + second!;
  assertNear(frequencies(1, 1, { topK: 2 }), [0, first! / both, 0, second! / both, 0, 0]);
  assertNear(frequencies(1, 0.6, { topK: 2 }), [0, 1, 0, 0, 0, 0]);
  assertNear(frequencies(2, 1, { topK: 9 }), softmax(LOGITS, 2));
  const equal = sampler({ temperature: 1, topP: 1, topK: 1, seed: 7 });
  const drawn = new Set(Array.from({ length: 50 }, () => equal(Float32Array.of(1, 1, 0)).token));
  assert.equal([...drawn].sort(), [0, 1], "of equals none is left out");
});

test("sampler() makes tokens of the text and of the answer less likely by its repetition penalty", () => {
  const options = { topP: 1, repetitionPenalty: 2, seed: 7 };
  const read = sampler({ ...options, temperature: 1 }, [1, 2]);
  const counts = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 3000; i++) {
    counts[sampler({ ...options, temperature: 1, seed: i }, [1, 2])(LOGITS).token]!++;
  }
  const expected = softmax(Float32Array.of(0.5, 1, -2, 1.5, -30, 0));
  counts.forEach((count, i) =>
    assert.ok(Math.abs(count / 3000 - expected[i]!) < 0.05, `token ${i} comes ${count} times`)
  );
  const { token, logProbability } = read(LOGITS);
  assert.ok(Math.abs(logProbability - Math.log(softmax(LOGITS)[token]!)) < 1e-6);
  const greedy = sampler({ ...options, temperature: 0 });
  assert.equal(Array.from({ length: 4 }, () => greedy(LOGITS).token), [1, 3, 1, 1]);
});

test("sampler() draws by the distributions of transformers' repetition penalty, temperature, top-k and top-p", () => {
  const file = new URL("../../vectors/sampling.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, "utf8"));
  const DRAWS = 8000;
  for (const { logits, before, probabilities, topK, ...options } of cases) {
    const scores = Float32Array.from(logits);
    const counts = new Array<number>(scores.length).fill(0);
    for (let seed = 0; seed < DRAWS; seed++) {
      const draw = sampler({ ...options, ...(topK === null ? {} : { topK }), seed }, before);
      counts[draw(scores).token]! += 1;
    }
    counts.forEach((count, token) => {
      const p = probabilities[token]!;
      const allowed = 5 * Math.sqrt(p * (1 - p) / DRAWS) + (p > 0 && p < 1e-3 ? 1e-3 : 0);
      assert.ok(
        Math.abs(count / DRAWS - p) <= allowed,
        `${JSON.stringify(options)}: token ${token} comes ${count} times of ${DRAWS}, not ${p}`,
      );
    });
  }
});

test("sampler() gives log-probabilities of the model, whatever the temperature", () => {
  const sample = sampler({ temperature: 3, topP: 0.9, seed: 1 });
  for (let i = 0; i < 20; i++) {
    const { token, logProbability } = sample(LOGITS);
    assert.ok(Math.abs(logProbability - Math.log(softmax(LOGITS)[token]!)) < 1e-6);
  }
});

test("sampler() never leaves the nucleus, and draws the same for the same seed", () => {
  const cases = fc.record({
    logits: fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 1, maxLength: 50 }),
    topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
    temperature: fc.double({ min: 0.1, max: 5, noNaN: true }),
    seed: fc.nat(),
  });
  fc.assert(fc.property(cases, ({ logits, ...sampling }) => {
    const scores = Float32Array.from(logits);
    const { token } = sampler(sampling)(scores);
    assert.is(sampler(sampling)(scores).token, token);
    const shares = softmax(scores, sampling.temperature);
    // what is likelier than the token must not reach topP already; rounding aside
    const before = shares.reduce((sum, p) => p > shares[token]! ? sum + p : sum, 0);
    assert.ok(before < sampling.topP + 1e-9);
  }));
});

test.run();
