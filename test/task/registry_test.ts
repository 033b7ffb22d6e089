import { Chunk, Effect, Either, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { byName, examples, type JsonlOptions, tasks, Template } from "../../lib/task/mod.ts";
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
  "task jsonl takes any of several answers, and fields in lists and below others",
  effectTest(() =>
    Effect.gen(function* () {
      const fields = { question: "q.text[1]", answer: "answers.all" };
      const row = { q: { text: ["", "Who?"] }, answers: { all: ["Ada Lovelace", "Ada", "Ada"] } };
      for (
        const [text, kind] of [["Ada", "correct"], ["Ada Lovelace", "correct"], ["A", "wrong"]]
      ) {
        const found = yield* scored(row, { ...fields, extractor: "text" }, `Answer: ${text}`);
        assert.equal(found.kind, kind, text);
        assert.equal([found.example.question, found.example.gold, found.example.accepted], [
          "Who?",
          "Ada Lovelace",
          ["Ada"],
        ]);
      }
      const dotted = { "q.text[1]": "How many?", "answers.all": [3, "#### 4"] };
      assert.is((yield* scored(dotted, fields, "#### 4.0")).kind, "correct");
      assert.is((yield* scored(dotted, fields, "#### 3")).kind, "correct");
      for (const all of [[], ["1", "x"], ["1", null]]) {
        const { message } = yield* Effect.flip(scored({ ...row, answers: { all } }, fields, ""));
        assert.match(message, /at answers\.all/);
      }
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

test(
  "task jsonl reads a choice's gold as a letter however it is written, or as a place in the list",
  effectTest(() =>
    Effect.gen(function* () {
      const options = ["3", "6", "9", "12", "15", "18", "21", "24", "27", "30"];
      const gold = (answer: unknown, answerIndex?: 0 | 1) =>
        Effect.map(
          scored(
            { question: "Which?", answer, options },
            {
              extractor: "choice",
              options: "options",
              ...(answerIndex === undefined ? {} : { answerIndex }),
            },
            "The answer is 27.",
          ),
          ({ example, kind }) => [example.gold, kind],
        );
      for (const answer of ["I", "i", "(I)", "(i)", "I."]) {
        assert.equal(yield* gold(answer), ["I", "correct"]);
      }
      assert.equal(yield* gold(8, 0), ["I", "correct"]);
      assert.equal(yield* gold("8", 0), ["I", "correct"]);
      assert.equal(yield* gold(9, 1), ["I", "correct"]);
      assert.equal(yield* gold(9, 0), ["J", "wrong"]);
      for (const [answer, index] of [[8, undefined], [10, 0], [0, 1], ["K", undefined]] as const) {
        assert.is((yield* Effect.flip(gold(answer, index)))._tag, "DatasetError", String(answer));
      }
    })
  ),
);

test(
  "task jsonl asks with the letters of as many options as there are, ten at most",
  effectTest(() =>
    Effect.gen(function* () {
      const task = yield* byName("jsonl", { extractor: "choice", options: "options" });
      const options = Array.from({ length: 10 }, (_, index) => String(3 * index));
      const row = { question: "Which?", answer: "J", options };
      const example = Either.getOrThrow(task.toExample(row, "a"));
      for (const template of task.templates) {
        const { text } = Template.render(template, example);
        assert.match(text, "(I) 24 (J) 27", template.name);
        const cue = template.secondPass && Template.cueOf(template.secondPass, example);
        if (cue !== undefined) assert.match(cue, "among A through J");
      }
      const eleven = { ...row, options: [...options, "30"] };
      assert.equal(
        Either.flip(task.toExample(eleven, "a")).pipe(Either.getOrThrow),
        "at options: must be 10 at most: found 11",
      );
    })
  ),
);

test(
  "rows keep integers beyond 2^53 digit by digit, as gold and as id",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* fileOf(
        "long.jsonl",
        [
          '{"question": "a", "answer": 1234567890123456789, "id": 12345678901234567890}',
          '{"question": "b \\"1234567890123456789\\"", "answer": -9007199254740993, "id": 12345678901234567891}',
          '{"question": "c", "answer": 2.5e+21, "id": 1}',
          '{"question": "d", "answer": 9007199254740991, "id": 2}',
        ].join("\n"),
      );
      const task = yield* byName("jsonl", { id: "id" });
      const all = Chunk.toReadonlyArray(yield* Stream.runCollect(examples(task, { path })));
      assert.equal(all.map(({ gold }) => gold), [
        "1234567890123456789",
        "-9007199254740993",
        "2.5e+21",
        "9007199254740991",
      ]);
      assert.equal(all.map(({ id }) => id), [
        "12345678901234567890",
        "12345678901234567891",
        "1",
        "2",
      ]);
      assert.is(all[1]!.question, 'b "1234567890123456789"');
      const kind = (text: string, index: number) =>
        Effect.map(
          task.grade(task.extract(text, given(all[index]!)), all[index]!),
          (verdict) => verdict.kind,
        );
      assert.is(yield* kind("#### 1234567890123456789", 0), "correct");
      assert.is(yield* kind("#### 1234567890123456788", 0), "wrong");
      assert.is(yield* kind("#### 2500000000000000000000", 2), "correct");
      assert.is(yield* kind("The answer is 2.5 \\times 10^{21}.", 2), "correct");
      const twice = yield* fileOf(
        "twice.jsonl",
        '{"question": "a", "answer": 1, "id": 12345678901234567890}\n'.repeat(2),
      );
      const same = yield* Effect.flip(Stream.runDrain(examples(task, { path: twice })));
      assert.match(same.message, "12345678901234567890");
    })
  ),
);

test.run();
