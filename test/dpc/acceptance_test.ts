import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Acceptance } from "../../lib/dpc/mod.ts";

const candidate = (answer: string | undefined, ...logProbabilities: readonly number[]) => ({
  answer,
  logProbabilities,
});

const candidates = fc.array(
  fc.record({
    answer: fc.option(fc.constantFrom("1", "2", "3"), { nil: undefined }),
    logProbabilities: fc.array(fc.integer({ min: -9, max: 0 }), { maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 7 },
);

test("second takes the last answer", () => {
  assert.is(Acceptance.second.choose([candidate("1", -1), candidate("2", -9)]), 1);
  assert.is(Acceptance.second.choose([candidate("1", -1)]), 0);
});

test("moreConfident takes the highest mean log-probability, of equals the first", () => {
  const { choose } = Acceptance.moreConfident;
  assert.is(choose([candidate("1", -1, -3), candidate("2", -1.5)]), 1);
  assert.is(choose([candidate("1", -2, -2), candidate("2", -2)]), 0);
  assert.is(choose([candidate("1", -9), candidate(undefined)]), 0, "nothing speaks for no token");
  assert.is(choose([candidate(undefined), candidate("2", -9)]), 1);
});

test("majority takes the answer with most votes, of equals the one seen first", () => {
  const { choose } = Acceptance.majority;
  const vote = (...answers: readonly (string | undefined)[]) =>
    choose(answers.map((answer) => candidate(answer, -1)));
  assert.is(vote("1", "2", "2"), 1);
  assert.is(vote("1", "2", "2", "1"), 0);
  assert.is(vote(undefined, undefined, "2"), 2);
  assert.is(vote(undefined, undefined), 0);
});

test("every rule accepts a candidate; majority the one that none outvotes", () => {
  fc.assert(fc.property(candidates, (candidates) => {
    for (const rule of [Acceptance.second, Acceptance.moreConfident, Acceptance.majority]) {
      const chosen = rule.choose(candidates);
      assert.ok(Number.isInteger(chosen) && chosen >= 0 && chosen < candidates.length);
    }
    const votes = (answer: string) =>
      candidates.filter((candidate) => candidate.answer === answer).length;
    const winner = candidates[Acceptance.majority.choose(candidates)]!.answer;
    for (const { answer } of candidates) {
      if (answer !== undefined) assert.ok(winner !== undefined && votes(winner) >= votes(answer));
    }
  }));
});

test("selfConsistency() chooses as the majority, among answers that it says how to sample", () => {
  const rule = Acceptance.selfConsistency({ count: 3, seed: 5 });
  assert.equal(rule.draws, { count: 3, temperature: 0.7, topP: 1, seed: 5 });
  assert.is(rule.choose([candidate("1"), candidate("2"), candidate("2")]), 1);
  assert.throws(() => Acceptance.selfConsistency({ count: 0, seed: 0 }), /1 or more: found 0/);
  const cold = { count: 3, temperature: 0, seed: 0 };
  assert.throws(() => Acceptance.selfConsistency(cold), /above 0: found 0/);
});

test("drawSeed() differs between draws, instances and seeds, and is always the same", () => {
  const { draws } = Acceptance.selfConsistency({ count: 40, seed: 1 });
  const seeds = ["a", "b"].flatMap((id) =>
    Array.from({ length: 40 }, (_, i) => Acceptance.drawSeed(draws!, id, i))
  );
  assert.is(new Set(seeds).size, 80);
  assert.not.equal(Acceptance.drawSeed({ ...draws!, seed: 2 }, "a", 0), seeds[0]);
  // the first 32 bits of: printf '1/draw 0/a' | sha256sum
  assert.is(seeds[0], 0x93e11033);
});

test.run();
