import { Chunk, Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { byName, examples, type JsonlOptions, tasks } from "../../lib/task/mod.ts";
import { Registry } from "../../lib/registry/mod.ts";
import { effectTest } from "../support.ts";
import { fileOf, given } from "./support.ts";

test(
  "byName() finds every task by its name, and names them all when there is none",
  effectTest(() =>
    Effect.gen(function* () {
      for (const name of Registry.names(tasks)) assert.is((yield* byName(name)).name, name);
      const { _tag, kind, known, nearest } = yield* Effect.flip(byName("gsm"));
      assert.equal([_tag, kind, nearest], ["UnknownName", "task", "gsm8k"]);
      assert.equal(known, Registry.names(tasks));
    })
  ),
);

/** Reads one row as task "jsonl" and grades a text on it. */
const scored = (row: object, options: JsonlOptions, text: string) =>
  Effect.gen(function* () {
    const task = yield* byName("jsonl", options);
    const path = yield* fileOf("rows.jsonl", JSON.stringify(row));
    const [example] = Chunk.toReadonlyArray(yield* Stream.runCollect(examples(task, { path })));
    const verdict = yield* task.grade(task.extract(text, given(example!)), example!);
    return { example: example!, kind: verdict.kind };
  });

test(
  "task jsonl takes its fields and its grader from the options",
  effectTest(() =>
    Effect.gen(function* () {
      const number = yield* scored(
        { input: { text: "How many?" }, target: 12, key: "a7", topic: "pears" },
        { question: "input.text", answer: "target", id: "key", strata: ["topic"] },
        "The answer is 12.",
      );
      assert.equal(number.example, {
        id: "a7",
        question: "How many?",
        gold: "12",
        strata: { topic: "pears" },
      });
      assert.is(number.kind, "correct");
      const choice = yield* scored(
        { question: "Which?", answer: "B", choices: ["1", "2"] },
        { extractor: "choice", options: "choices" },
        "The answer is (A).",
      );
      assert.is(choice.kind, "wrong");
      const math = yield* scored(
        { question: "Half?", answer: "\\frac12" },
        { extractor: "math" },
        "\\boxed{0.5}",
      );
      assert.is(math.kind, "correct");
      const text = yield* scored(
        { question: "Who?", answer: "Ada Lovelace" },
        { extractor: "text" },
        "I think.\nAnswer: **ada  lovelace**.",
      );
      assert.is(text.kind, "correct");
    })
  ),
);

test(
  "task jsonl names the field at fault",
  effectTest(() =>
    Effect.gen(function* () {
      const message = (row: object, options: JsonlOptions) =>
        Effect.map(Effect.flip(scored(row, options, "")), ({ message }) => message);
      assert.match(yield* message({ question: "x" }, {}), /line 1: at answer: is missing/);
      assert.match(
        yield* message({ question: "x", answer: "y" }, {}),
        /at answer: must be a number: found 'y'/,
      );
      assert.match(
        yield* message({ question: "x", answer: "C", o: ["1", "2"] }, {
          extractor: "choice",
          options: "o",
        }),
        /at answer: must be one of A, B: found 'C'/,
      );
      assert.match(
        yield* message({ question: "x", answer: "1", o: "1" }, { options: "o" }),
        /at o: must be a list of texts/,
      );
      assert.match(yield* message({ question: [], answer: "1" }, {}), /at question: must be text/);
    })
  ),
);

test.run();
