import { FileSystem } from "@effect/platform";
import { Array, Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ExamplesMismatch, rescore, type Rescored } from "../../lib/run/mod.ts";
import { aqua, byName, type Example, gsm8k, type Task } from "../../lib/task/mod.ts";
import { arm, sample, writeRun } from "../report/support.ts";
import { effectTest } from "../support.ts";

/** Two samples of one arm whose stored verdicts are made up. */
const ROWS = [
  sample(1, { gold: "2", arms: { pt: arm(false, { text: "First 5.\nThe answer is 2." }) } }),
  sample(2, { gold: "0.5", arms: { pt: arm(true, { text: "so \\boxed{\\sin 30^\\circ}." }) } }),
];

const again = (task: Task, examples: readonly Example[] = []) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const from = yield* writeRun(ROWS);
    const before = yield* fs.readFileString(`${from}/samples.jsonl`);
    const to = `${yield* fs.makeTempDirectoryScoped()}/again`;
    const byQuestion = new Map(Object.entries(Array.groupBy(examples, ({ question }) => question)));
    const options = { from, to, task, examples: byQuestion, config: { from }, about: {} };
    const rescored = yield* rescore(options);
    assert.is(yield* fs.readFileString(`${from}/samples.jsonl`), before);
    assert.equal((yield* rescore(options)).summary, rescored.summary);
    const samples = (yield* fs.readFileString(`${to}/samples.jsonl`)).trimEnd().split("\n");
    return { rescored, samples: samples.map((line) => JSON.parse(line)) };
  });

const accuracy = ({ summary }: Rescored) => summary.arms.pt?.accuracy;

test(
  "rescore() finds and grades the stored texts anew, and keeps the rest of each sample",
  effectTest(() =>
    Effect.gen(function* () {
      const number = yield* again(gsm8k);
      assert.is(accuracy(number.rescored), 0.5);
      assert.equal(number.rescored.changes, { pt: { right: 1, wrong: 1 } });
      assert.equal(
        number.samples.map(({ arms: { pt } }) => [pt.answer, pt.rule, pt.verdict]),
        [["2", "answer is", "correct"], ["30", "last number", "wrong"]],
      );
      assert.equal(number.samples[0].flow, ROWS[0]!.flow);
      const math = yield* again(yield* byName("math"));
      assert.is(accuracy(math.rescored), 1);
      assert.equal(math.rescored.changes, { pt: { right: 1, wrong: 0 } });
    })
  ),
);

test(
  "rescore() takes golds and options from the examples it is given",
  effectTest(() =>
    Effect.gen(function* () {
      const example = {
        // ids are those of another file: the question tells
        id: "corrected-0",
        question: ROWS[0]!.question,
        gold: "B",
        options: ["1", "2"],
        strata: { letter: "B" },
      };
      const { rescored, samples } = yield* again(aqua, [example]);
      assert.is(rescored.missing, 1);
      assert.equal([samples[0].gold, samples[0].strata], ["B", { letter: "B" }]);
      assert.equal([samples[0].arms.pt.answer, samples[0].arms.pt.correct], ["B", true]);
    })
  ),
);

test(
  "rescore() takes no other row's gold for that of a sample with the same id, and refuses examples of which it knows none",
  effectTest(() =>
    Effect.gen(function* () {
      const strange = { id: ROWS[0]!.example, question: "Another?", gold: "7", strata: {} };
      assert.instance(yield* Effect.flip(again(gsm8k, [strange])), ExamplesMismatch);
      const own = { ...strange, id: "x", question: ROWS[1]!.question };
      const { samples } = yield* again(gsm8k, [strange, own]);
      assert.equal(samples.map(({ gold }) => gold), ["2", "7"]);
    })
  ),
);

test(
  "rescore() takes of rows with one question that of the sample's id, or what they agree on, else the sample's own gold",
  effectTest(() =>
    Effect.gen(function* () {
      const [{ question, example }] = ROWS as [typeof ROWS[number]];
      const row = (id: string, gold: string) => ({ id, question, gold, strata: {} });
      const goldOf = (...rows: readonly Example[]) =>
        Effect.map(
          again(gsm8k, [...rows, { ...row("x", "9"), question: ROWS[1]!.question }]),
          ({ rescored: { missing }, samples }) => [samples[0].gold, missing],
        );
      assert.equal(yield* goldOf(row("a", "7"), row(example, "8")), ["8", 0]);
      assert.equal(yield* goldOf(row("a", "7"), row("b", "7")), ["7", 0]);
      assert.equal(yield* goldOf(row("a", "7"), row("b", "8")), ["2", 1]);
    })
  ),
);

test.run();
