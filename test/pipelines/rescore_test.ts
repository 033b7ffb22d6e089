/**
 * `dpc rescore` against a file other than the run's own.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dpcHere } from "../dpc_here.ts";
import { arm, sample, writeRun } from "../report/support.ts";
import { effectTest } from "../support.ts";

/** Rows without ids of their own, and a run whose answers to all of them were 2. */
const QUESTIONS = ["What is 1+1?", "What is 3-1?", "What is 4/2?", "What is 2*1?"];

/** The rows of some of the questions, with what is right. */
const rowsOf = (golds: Readonly<Record<number, string>>): string =>
  Object.entries(golds).map(([at, gold]) =>
    JSON.stringify({ question: QUESTIONS[Number(at)], answer: `#### ${gold}` }) + "\n"
  ).join("");

const setUp = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const from = yield* writeRun(QUESTIONS.map((question, at) =>
    sample(at, {
      id: `test-${at}@seed0`,
      example: `test-${at}`,
      question,
      arms: { pt: arm(true, { text: "The answer is 2." }) },
    })
  ));
  const made = { format: 2, config: { task: "gsm8k", data: { path: `${from}/test.jsonl` } } };
  yield* fs.writeFileString(`${from}/run.json`, JSON.stringify({ ...made, sessions: [] }));
  /** Scores the run again by the rows; what is said, and the golds of the new run. */
  const rescore = (rows: string) =>
    Effect.gen(function* () {
      const [data, to] = [`${from}/corrected.jsonl`, `${from}/again`];
      yield* fs.writeFileString(data, rows);
      const { code, output, errors } = yield* dpcHere("rescore", from, "--data", data, "--to", to);
      const samples = code === 0 ? yield* fs.readFileString(`${to}/samples.jsonl`) : "";
      const golds = samples.split("\n").filter(Boolean).map((line) => JSON.parse(line).gold);
      return { code, output, errors, golds };
    });
  return { rescore };
});

test(
  "rescore --data takes golds from rows without ids, one of which is gone, and says how many samples have none",
  effectTest(() =>
    Effect.gen(function* () {
      const { rescore } = yield* setUp;
      // the second row is gone: all after it have another number
      const { code, output, errors, golds } = yield* rescore(rowsOf({ 0: "2", 2: "5", 3: "2" }));
      assert.is(code, 0, errors);
      assert.equal(golds, ["2", "2", "5", "2"]);
      assert.match(output, /^pt +0 +1$/m);
      assert.match(output, /^Samples that keep their gold, as '.*corrected\.jsonl' lacks .*: 1$/m);
    })
  ),
);

test(
  "rescore --data refuses a file with none of the run's questions in one line that names both",
  effectTest(() =>
    Effect.gen(function* () {
      const { rescore } = yield* setUp;
      const { code, errors } = yield* rescore('{"question":"What is 5-3?","answer":"#### 2"}\n');
      assert.is(code, 1);
      assert.match(
        errors,
        /^Cannot read dataset '.*corrected\.jsonl': it has none of the questions of '.*' \(.*--data\)\n$/,
      );
    })
  ),
);

test.run();
