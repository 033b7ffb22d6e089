import { test } from "uvu";
import * as assert from "uvu/assert";
import { compareRuns, RunOutcomes, type Sample } from "../../lib/results/mod.ts";
import * as Statistics from "../../lib/statistics/mod.ts";
import { arm, sample } from "../report/support.ts";

const run = (name: string, rows: readonly Sample[]) => {
  const outcomes = new RunOutcomes(name);
  for (const row of rows) outcomes.add(row);
  return outcomes;
};

const row = (line: number, correct: boolean, prompt = "a"): Sample =>
  sample(line, { id: `${line}@${prompt}`, prompt, arms: { dpc: arm(correct) } });

test("compareRuns() pairs the examples that both runs have, whatever their order", () => {
  const first = run("first", [row(1, true), row(2, false), row(3, false), row(9, true)]);
  const second = run("second", [row(3, true), row(2, true), row(1, true), row(8, false)]);
  const [of1, of2] = compareRuns([first, second]);
  assert.is(of1!.comparison, null);
  assert.equal([of2!.run, of2!.arm, of2!.accuracy.correct], ["second", "dpc", 3]);
  const { pValueHolm, ...comparison } = of2!.comparison!;
  assert.equal(comparison, Statistics.comparePaired([[true, true, true]], [[false, false, true]]));
  assert.is(pValueHolm, comparison.pValue);
});

test("compareRuns() pairs the answers drawn to an example by their order, and refuses another number of them", () => {
  const drawn = (line: number, right: readonly boolean[]) =>
    right.map((correct, i) => ({ ...row(line, correct), id: `${line}@a#${i + 1}`, draw: i + 1 }));
  const first = run("first", [...drawn(1, [true, false]), ...drawn(2, [false, false])]);
  const second = run("second", [...drawn(2, [true, false]), ...drawn(1, [true, true]).reverse()]);
  const [, of2, of3] = compareRuns([first, second, run("third", [row(1, true), row(2, true)])]);
  const { pValueHolm: _, ...comparison } = of2!.comparison!;
  const [ours, theirs] = [[[true, true], [false, true]], [[false, true], [false, false]]];
  assert.equal(comparison, Statistics.comparePaired(ours, theirs, { answers: 2 }));
  assert.equal([of2!.accuracy.n, of3!.comparison], [4, null]);
});

test("compareRuns() takes examples of one id with another question or answer for others", () => {
  const other = { ...row(1, true), question: "another" };
  const [, second] = compareRuns([run("first", [row(1, true)]), run("second", [other])]);
  assert.is(second!.comparison, null);
});

test("compareRuns() pairs prompts in their order, and refuses another number of them", () => {
  const two = [row(1, true, "a"), row(2, false, "a"), row(1, true, "b"), row(2, true, "b")];
  const renamed = two.map((each) => ({ ...each, prompt: each.prompt + "'" }));
  const [, , third] = compareRuns([
    run("first", two),
    run("one prompt", [row(1, true), row(2, true)]),
    run("renamed", renamed),
  ]);
  assert.equal([third!.comparison!.seeds, third!.comparison!.difference], [2, 0]);
  const [, one] = compareRuns([run("first", two), run("one", [row(1, true), row(2, true)])]);
  assert.is(one!.comparison, null);
});

test("compareRuns() pairs prompts by their order in the run, though an example was tried again under the first", () => {
  const rows = [row(1, true, "a"), row(2, false, "a"), row(1, false, "b"), row(2, true, "b")];
  const [of1a, ...others] = rows;
  const [, again] = compareRuns([run("first", rows), run("again", [...others, of1a!])]);
  const { pValueHolm: _, ...comparison } = again!.comparison!;
  const outcomes = [[false, true], [true, false]];
  assert.equal(comparison, Statistics.comparePaired(outcomes, outcomes));
});

test.run();
