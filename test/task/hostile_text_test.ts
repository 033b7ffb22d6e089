import { Effect } from "effect";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { byName, type Extraction } from "../../lib/task/mod.ts";
import { effectTest } from "../support.ts";
import { exampleOf, given } from "./support.ts";

/** Seconds within which a verdict is due; processor time, so that a busy machine does not matter. */
const LIMIT = 3;

function seconds(since?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

/** One unit of each text; a regular expression that backtracks shows on its repetition. */
const UNITS: readonly string[] = [
  "{",
  "}",
  "\\boxed{",
  "\\boxed{}",
  "\\boxed ",
  "\\frac{",
  "\\text{",
  "\\left(",
  "\\(",
  "\\[",
  "$",
  "$ ",
  "\\",
  "1",
  "9,",
  "1,111",
  "1/",
  "1/1",
  ".1",
  "-",
  "- ",
  "+1",
  "=",
  "####",
  "#### ",
  "answer ",
  "answer is ",
  "the answer: ",
  "answer(",
  "A",
  "(A)",
  "Answer: A or ",
  "option A ",
  "*",
  "_*",
  " ",
  "\n",
  "\n ",
  "a",
  "is ",
  "<<1=1>>",
  "½",
  "\0",
  "\ud800",
  "\udc00\ud800",
  "\u202e",
  "Question:",
  "\nQ:",
];

for (const name of ["gsm8k", "aqua", "math"]) {
  test(
    `${name}: a verdict in time on any text repeated without end`,
    effectTest(() =>
      Effect.gen(function* () {
        const task = yield* byName(name);
        const example = exampleOf(name === "aqua" ? "A" : "5", ["1", "2", "3", "4", "a"]);
        for (const unit of UNITS) {
          const long = unit.repeat(Math.ceil(50_000 / unit.length));
          const inBox = `\\boxed{${unit.repeat(Math.ceil(900 / unit.length))}}`;
          for (const text of [long, `the answer is ${long}`, `${long} is the answer.`, inBox]) {
            const start = process.cpuUsage();
            const extraction: Extraction = task.extract(text, given(example));
            const verdict = yield* task.grade(extraction, example);
            const title = JSON.stringify(text.slice(0, 40));
            assert.ok(seconds(start) < LIMIT, `${title} took ${seconds(start)} s`);
            if (verdict.correct) assert.match(extraction.answer ?? "", /^(?:5|A)/, title);
          }
        }
      })
    ),
  );

  test(
    `${name}: a verdict in time on a million digits and on 100 kB of braces`,
    effectTest(() =>
      Effect.gen(function* () {
        const task = yield* byName(name);
        const example = exampleOf("5");
        for (const head of ["#### ", "The answer is ", "\\boxed{"]) {
          for (const body of ["7".repeat(1_000_000), "{".repeat(100_000)]) {
            const start = process.cpuUsage();
            const extraction = task.extract(`${head}${body}}`, given(example));
            const verdict = yield* task.grade(extraction, example);
            assert.is.not(verdict.kind, "correct");
            assert.ok(seconds(start) < LIMIT, `${head} took ${seconds(start)} s`);
          }
        }
      })
    ),
  );
}

test.run();
