import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Accumulation, Corruption, Trigger } from "../../lib/dpc/mod.ts";
import { SoftPrompt } from "../../lib/prompt/mod.ts";
import { ANSWER } from "./arbitrary.ts";

/** An accumulation of the given a(j). */
const at = (...perPosition: readonly number[]): Accumulation => ({
  perPosition,
  position: perPosition.indexOf(Math.max(...perPosition)),
  share: 0,
  concentration: 0,
});

interface Input extends Corruption.CorruptionContext {
  readonly prompt: SoftPrompt;
}

const promptOf = (vectors: Float32Array, virtualTokens: number): SoftPrompt =>
  new SoftPrompt({ name: "p", vectors, virtualTokens });

/** What a corruption makes of an input. */
const corrupt = (corruption: Corruption.Corruption, { prompt, ...context }: Input) => {
  const { prompt: { vectors, hidden }, positions } = corruption.corrupt(prompt, context);
  return { vectors, hidden, positions };
};

/** Any prompt [n, d] with its accumulation; equal magnitudes are common. */
const input: fc.Arbitrary<Input> = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 8 }))
  .chain(([n, d]) =>
    fc.record({
      id: fc.string(),
      prompt: fc
        .array(fc.integer({ min: -4, max: 4 }), { minLength: n * d, maxLength: n * d })
        .map((values) => promptOf(Float32Array.from(values), n)),
      accumulation: fc
        .array(fc.integer({ min: 0, max: 3 }), { minLength: n, maxLength: n })
        .map((values) => at(...values)),
    })
  );
/** Even over 0 to 1: fc.double() draws tiny numbers most of the time, which prune nothing. */
const gamma = fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000);

test("accumulated() zeroes row j*, then the smallest Gamma of the other rows' entries", () => {
  const vectors = Float32Array.of(9, -8, 0.5, 7, /* */ 1, 1, 1, 1, /* */ -0.25, 5, -6, 0.75);
  const input = { id: "x", prompt: promptOf(vectors, 3), accumulation: at(1, 9, 2) };
  const { positions, hidden, vectors: found } = corrupt(
    Corruption.accumulated({ gamma: 0.25 }),
    input,
  );
  assert.equal([positions, hidden], [[1], []]);
  // Two of the eight other entries: -0.25 and 0.5.
  assert.equal([...found], [9, -8, 0, 7, 0, 0, 0, 0, 0, 5, -6, 0.75]);
  assert.equal([...vectors.slice(4, 8)], [1, 1, 1, 1], "the prompt itself stays");
});

test("a corruption of a prefix hides the positions of which others are set to 0, and fills the mean in", () => {
  const vectors = Float32Array.of(9, -8, 0.5, 7, /* */ 1, 2, 1, 1, /* */ -0.25, 5, -6, 0.75);
  const prompt = new SoftPrompt({ name: "p", method: "prefix", vectors, virtualTokens: 3 });
  const input = { id: "x", prompt, accumulation: at(1, 9, 2) };
  const gamma = 0.25;
  const kept = [1, 2, 1, 1];
  for (const masked of [Corruption.accumulated, Corruption.accumulatedAll]) {
    const { positions, hidden, vectors: found } = corrupt(masked({ gamma }), input);
    assert.equal([positions, hidden], [[1], [1]]);
    assert.equal([...found], [9, -8, 0, 7, ...kept, 0, 5, -6, 0.75]);
  }
  const two = corrupt(Corruption.topK({ gamma, k: 2 }), input);
  assert.equal([two.hidden, [...two.vectors]], [[1, 2], [
    9,
    -8,
    0,
    7,
    ...kept,
    -0.25,
    5,
    -6,
    0.75,
  ]]);
  const mean = corrupt(Corruption.mean({ gamma }), input);
  assert.equal([mean.hidden, [...mean.vectors.slice(4, 8)]], [[], [4.375, -1.5, -2.75, 3.875]]);
  const before = { ...input, prompt: prompt.with({ hidden: [0] }), corrupted: [0] };
  assert.equal(corrupt(Corruption.attentionMask(), before).hidden, [0, 1]);
});

test("accumulated() takes a Gamma of 10 % unless told", () => {
  const vectors = Float32Array.from({ length: 31 * 10 }, (_, at) => 1 + at);
  const accumulation = at(1, ...Array.from({ length: 30 }, () => 0));
  const { vectors: found } = corrupt(Corruption.accumulated(), {
    id: "x",
    prompt: promptOf(vectors, 31),
    accumulation,
  });
  assert.is(found.filter((value) => value === 0).length, 10 + 30);
});

test("accumulated() prunes the smallest, of equals the first, and exactly round(Gamma * entries)", () => {
  fc.assert(fc.property(input, gamma, (input, gamma) => {
    const width = input.prompt.vectors.length / input.prompt.virtualTokens;
    const { positions, vectors } = corrupt(Corruption.accumulated({ gamma }), input);
    const [row] = positions;
    assert.is(row, input.accumulation!.position);
    const others = [...input.prompt.vectors.keys()].filter((at) => Math.floor(at / width) !== row);
    const pruned = others
      .toSorted((a, b) =>
        Math.abs(input.prompt.vectors[a]!) - Math.abs(input.prompt.vectors[b]!) || a - b
      )
      .slice(0, Math.round(gamma * others.length));
    const expected = Float32Array.from(
      input.prompt.vectors,
      (value, at) => pruned.includes(at) || !others.includes(at) ? 0 : value,
    );
    assert.equal([...vectors], [...expected]);
  }));
});

test("accumulated() knows 0.29 of 100 to be 29", () => {
  const vectors = Float32Array.from({ length: 101 }, (_, at) => 1 + at);
  const accumulation = at(1, ...Array.from({ length: 100 }, () => 0));
  const input = { id: "x", prompt: promptOf(vectors, 101), accumulation };
  const { vectors: found } = corrupt(Corruption.accumulated({ gamma: 0.29 }), input);
  assert.is(found.filter((value) => value === 0).length, 1 + 29);
});

test("randomPosition() belongs to seed and id, and takes every position alike", () => {
  const counts = [0, 0, 0, 0];
  const vectors = Float32Array.of(1, 2, 3, 4);
  for (let example = 0; example < 4000; example++) {
    const input = { id: `${example}`, prompt: promptOf(vectors, 4), accumulation: undefined };
    const corruption = Corruption.randomPosition({ seed: 3 });
    const { positions } = corrupt(corruption, input);
    assert.equal(positions, corrupt(corruption, input).positions);
    counts[positions[0]!]! += 1;
  }
  // Five standard deviations of a count of 4000 / 4.
  assert.ok(counts.every((count) => Math.abs(count - 1000) < 137), String(counts));
});

test("randomPosition() is independent of random() under the same seed", () => {
  const trigger = Trigger.random({ p: 0.25, seed: 3 });
  const corruption = Corruption.randomPosition({ seed: 3 });
  const input = { prompt: promptOf(Float32Array.of(1, 2, 3, 4), 4), accumulation: undefined };
  const counts = [0, 0, 0, 0];
  for (let example = 0; example < 4000; example++) {
    const id = `${example}`;
    if (!Trigger.decide(trigger, { ...ANSWER, id, saliency: undefined }).fired) continue;
    counts[corrupt(corruption, { ...input, id }).positions[0]!]! += 1;
  }
  assert.ok(counts.every((count) => Math.abs(count - 250) < 77), String(counts));
});

test("otherPosition() takes every position but j* alike, and j* where there is no other", () => {
  const counts = [0, 0, 0, 0];
  const prompt = promptOf(Float32Array.of(1, 2, 3, 4), 4);
  for (let example = 0; example < 3000; example++) {
    const input = { id: `${example}`, prompt, accumulation: at(1, 1, 5, 1) };
    counts[corrupt(Corruption.otherPosition({ seed: 3 }), input).positions[0]!]! += 1;
  }
  assert.is(counts[2], 0);
  // Five standard deviations of a count of 3000 / 3.
  assert.ok([0, 1, 3].every((j) => Math.abs(counts[j]! - 1000) < 130), String(counts));
  const one = { id: "x", prompt: promptOf(Float32Array.of(1), 1), accumulation: at(1) };
  assert.equal(corrupt(Corruption.otherPosition({ seed: 3 }), one).positions, [0]);
});

test("fixedPosition() takes the same position of every instance, once, and none beyond the prompt", () => {
  const input = { id: "x", prompt: promptOf(Float32Array.of(1, 2, 3), 3), accumulation: at(5, 1) };
  const second = Corruption.fixedPosition({ position: 1, gamma: 0 });
  assert.equal(corrupt(second, input).positions, [1]);
  assert.equal(corrupt(second, { ...input, corrupted: [1] }).positions, []);
  const fourth = Corruption.fixedPosition({ position: 3 });
  assert.throws(() => corrupt(fourth, input), "position 3 of a prompt of 3 vectors");
});

test("topK() zeroes the k leading rows, all of them if there are no more", () => {
  const vectors = Float32Array.of(1, 2, 3, 4);
  const input = { id: "x", prompt: promptOf(vectors, 4), accumulation: at(5, 7, 1, 7) };
  const top = (k: number) => corrupt(Corruption.topK({ k, gamma: 0 }), input);
  assert.equal([top(2).positions, [...top(2).vectors]], [[1, 3], [1, 0, 3, 0]]);
  assert.equal([...top(9).vectors], [0, 0, 0, 0]);
  assert.throws(() => Corruption.topK({ k: 0 }), "1 or more: found 0");
});

test("mean() puts the mean of the other rows in the place of j*", () => {
  const vectors = Float32Array.of(9, 9, 1, 2, 3, 6);
  const input = { id: "x", prompt: promptOf(vectors, 3), accumulation: at(3, 2, 1) };
  assert.equal([...corrupt(Corruption.mean({ gamma: 0 }), input).vectors], [2, 4, 1, 2, 3, 6]);
  const one = { id: "x", prompt: promptOf(vectors.slice(0, 2), 1), accumulation: at(1) };
  assert.equal([...corrupt(Corruption.mean(), one).vectors], [0, 0]);
});

test("attentionMask() hides j* and leaves the vectors", () => {
  fc.assert(fc.property(input, (input) => {
    const { vectors, hidden, positions } = corrupt(Corruption.attentionMask(), input);
    assert.equal([hidden, positions], [[input.accumulation!.position], hidden]);
    assert.equal([...vectors], [...input.prompt.vectors]);
  }));
});

test("gammaOnly() prunes all rows and chooses none", () => {
  const input = {
    id: "x",
    prompt: promptOf(Float32Array.of(3, -1, 2, 4), 2),
    accumulation: undefined,
  };
  const { vectors, positions } = corrupt(Corruption.gammaOnly({ gamma: 0.5 }), input);
  assert.equal([[...vectors], positions], [[3, 0, 0, 4], []]);
});

test("every corruption keeps the shape, gives finite numbers and leaves its input alone", () => {
  const corruptions = [
    Corruption.accumulated(),
    Corruption.randomPosition({ seed: 0 }),
    Corruption.topK({ k: 2 }),
    Corruption.mean(),
    Corruption.attentionMask(),
    Corruption.gammaOnly(),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...corruptions),
      input,
      fc.boolean(),
      (corruption, input, emptyAnswer) => {
        const before = [...input.prompt.vectors];
        const { vectors, positions, hidden } = corrupt(
          corruption,
          emptyAnswer ? { ...input, accumulation: undefined } : input,
        );
        assert.is(vectors.length, input.prompt.vectors.length);
        assert.ok(vectors.every(Number.isFinite));
        assert.equal([...input.prompt.vectors], before);
        for (const j of [...positions, ...hidden]) {
          assert.ok(j >= 0 && j < input.prompt.virtualTokens);
        }
      },
    ),
  );
});

test("corruptions refuse a Gamma given in percent", () => {
  assert.throws(
    () => Corruption.accumulated({ gamma: 10 }),
    "Gamma is a share and must lie in 0 to 1: found 10",
  );
});

test("corruptions do not choose a position again that an earlier round corrupted", () => {
  const rules = [
    Corruption.accumulated(),
    Corruption.randomPosition({ seed: 3 }),
    Corruption.topK({ k: 2 }),
    Corruption.mean(),
    Corruption.attentionMask(),
  ];
  fc.assert(fc.property(input, fc.array(fc.nat(4)), fc.boolean(), (input, some, empty) => {
    const corrupted = some.filter((j) => j < input.prompt.virtualTokens);
    for (const rule of rules) {
      const { positions } = corrupt(rule, {
        ...input,
        corrupted,
        ...(empty ? { accumulation: undefined } : {}),
      });
      assert.ok(
        positions.every((j) => j < input.prompt.virtualTokens && !corrupted.includes(j)),
        rule.name,
      );
      assert.is(
        positions.length > 0,
        new Set(corrupted).size < input.prompt.virtualTokens,
        rule.name,
      );
    }
  }));
});

test("corruptions say which layers they accumulate over", () => {
  const layers = { start: 1, end: 2 };
  assert.equal(Corruption.accumulated({ layers }).layers, layers);
  assert.equal(Corruption.topK({ k: 1, layers }).layers, layers);
  assert.is(Corruption.mean().layers, undefined);
  assert.equal(Corruption.attentionMask({ layers }).layers, layers);
});

test.run();
