import { Chunk, Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  aqua,
  DatasetError,
  examples,
  type ExamplesOptions,
  gsm8k,
  hashDataset,
  makeMath,
  multiarith,
  svamp,
  type Task,
  wordProblems,
} from "../../../lib/task/mod.ts";
import { effectTest } from "../../support.ts";
import { fileOf } from "../support.ts";

const row = (n: number, extra: object = {}) =>
  JSON.stringify({ question: `What is ${n}?`, answer: `It is ${n}.\n#### ${n}`, ...extra });
const TEN = Array.from({ length: 10 }, (_, n) => row(n)).join("\n");

const read = (task: Task, options: ExamplesOptions) =>
  Effect.map(Stream.runCollect(examples(task, options)), Chunk.toReadonlyArray);
const ids = (task: Task, options: ExamplesOptions) =>
  Effect.map(read(task, options), (all) => all.map(({ id }) => id));
const failure = (task: Task, options: ExamplesOptions) =>
  Effect.map(Effect.flip(read(task, options)), (error) => error.message.replace(/'[^']*\//, "'"));

test(
  "examples() reads GSM8K's rows in the file's order",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* fileOf("test.jsonl", TEN);
      const all = yield* read(gsm8k, { path });
      assert.is(all.length, 10);
      assert.equal(all[3], {
        id: "test-3",
        question: "What is 3?",
        gold: "3",
        rationale: "It is 3.\n#### 3",
        strata: { steps: "1" },
      });
    })
  ),
);

test(
  "examples() takes the embedded benchmark's kind and steps for strata",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* fileOf("test.jsonl", row(7, { kind: "distracting", steps: 4 }));
      const [only] = yield* read(wordProblems, { path });
      assert.equal(only?.strata, { kind: "distracting", steps: "4" });
    })
  ),
);

test(
  "examples() reads AQuA, MATH, MATH-500, SVAMP and MultiArith",
  effectTest(() =>
    Effect.gen(function* () {
      const math = yield* makeMath();
      const first = (task: Task, data: unknown) =>
        Effect.flatMap(fileOf("x.json", JSON.stringify([data])), (path) =>
          Effect.map(read(task, { path }), (all) => all[0]!));
      const choice = yield* first(aqua, {
        question: "Which?",
        options: ["A)1", "B) 2", "C)3", "D)4", "E)5"],
        rationale: "It is 2.",
        correct: "B",
      });
      assert.equal(choice.options, ["1", "2", "3", "4", "5"]);
      assert.equal([choice.gold, choice.strata], ["B", { letter: "B" }]);
      const original = yield* first(math, {
        problem: "Half?",
        level: "Level 3",
        type: "Algebra",
        solution: "It is $\\boxed{\\frac{1}{2}}$.",
      });
      assert.equal([original.id, original.gold], ["x-0", "\\frac{1}{2}"]);
      assert.equal(original.strata, { level: "3", subject: "Algebra" });
      const subset = yield* first(math, {
        problem: "Half?",
        level: 3,
        subject: "Algebra",
        solution: "",
        answer: "\\frac{1}{2}",
        unique_id: "test/algebra/1.json",
      });
      assert.equal([subset.id, subset.strata], [
        "test/algebra/1.json",
        { level: "3", subject: "Algebra" },
      ]);
      const simple = yield* first(svamp, {
        ID: "chal-1",
        Body: "Jo has 3 figs.",
        Question: "How many?",
        Equation: "3.0",
        Answer: 3.0,
        Type: "Common-Divison",
      });
      assert.equal([simple.id, simple.question, simple.gold], [
        "chal-1",
        "Jo has 3 figs. How many?",
        "3",
      ]);
      assert.equal(simple.strata, { type: "Common-Division" });
      const steps = yield* first(multiarith, {
        iIndex: 12,
        sQuestion: " How many? ",
        lSolutions: [8.0],
        lEquations: ["X=((13.0+5.0)-10.0)"],
      });
      assert.equal([steps.id, steps.question, steps.gold, steps.strata], [
        "12",
        "How many?",
        "8",
        { operations: "2" },
      ]);
    })
  ),
);

test(
  "examples() limits, chooses by id and shuffles",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* fileOf("test.jsonl", TEN);
      assert.equal(yield* ids(gsm8k, { path, limit: 2 }), ["test-0", "test-1"]);
      const wanted = ["test-7", "test-2"];
      assert.equal(yield* ids(gsm8k, { path, ids: wanted }), ["test-2", "test-7"]);
      const shuffled = yield* ids(gsm8k, { path, shuffleSeed: 1 });
      assert.is(new Set(shuffled).size, 10);
      assert.is.not(shuffled.join(), (yield* ids(gsm8k, { path })).join());
      assert.equal(yield* ids(gsm8k, { path, shuffleSeed: 1 }), shuffled);
      assert.equal(yield* ids(gsm8k, { path, shuffleSeed: 1, limit: 3 }), shuffled.slice(0, 3));
      assert.is.not((yield* ids(gsm8k, { path, shuffleSeed: 2 })).join(), shuffled.join());
    })
  ),
);

test(
  "examples() finds a split's file in a folder",
  effectTest(() =>
    Effect.gen(function* () {
      const folder = (yield* fileOf("train.jsonl", TEN)).replace("/train.jsonl", "");
      const found = yield* ids(wordProblems, { path: folder, split: "train", limit: 1 });
      assert.equal(found, ["train-0"]);
      const message = yield* failure(wordProblems, { path: folder, split: "validation" });
      assert.match(message, /has no split 'validation' \(it has: train, dev, test\)/);
    })
  ),
);

test(
  "hashDataset() is of the file that examples() reads, and as it fails",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* fileOf("train.jsonl", TEN);
      const folder = path.replace("/train.jsonl", "");
      const hash = yield* hashDataset(wordProblems, { path });
      assert.is(yield* hashDataset(wordProblems, { path: folder, split: "train" }), hash);
      const other = yield* fileOf("train.jsonl", TEN + "\n");
      assert.is.not(yield* hashDataset(wordProblems, { path: other }), hash);
      const error = yield* Effect.flip(hashDataset(wordProblems, { path: folder }));
      assert.instance(error, DatasetError);
      assert.equal([error._tag, error.missing], ["DatasetError", true]);
      assert.match(error.message, /test\.jsonl': there is no such file$/);
    })
  ),
);

const FAULTS: readonly (readonly [title: string, content: string | Uint8Array, message: RegExp])[] =
  [
    ["malformed JSON", `${row(1)}\n{"question": `, /bad\.jsonl', line 2: it is not valid JSON/],
    ["a missing field", `${row(1)}\n\n{"question":"x"}`, /line 3: at answer: is missing/],
    ["a wrong type", '{"question":5,"answer":"#### 1"}', /line 1: at question: .*found|actual 5/],
    [
      "a solution without a number",
      '{"question":"x","answer":"no"}',
      /at answer: must end in '#### '/,
    ],
    ["a row that is no object", '"text"', /line 1: /],
    [
      "a duplicate id",
      `${row(1, { id: 7 })}\n${row(2, { id: 7 })}`,
      /line 2: id '7' is also on line 1/,
    ],
    [
      "an id that is its row's name and comes again",
      `${row(1, { id: "bad-0" })}\n${row(2, { id: "bad-0" })}`,
      /line 2: id 'bad-0' is also that of row 1: a row without an id is named after the file/,
    ],
    [
      "an id that is the name of a row before",
      `${row(0)}\n\n${row(1)}\n${row(2)}\n${row(3, { id: "bad-1" })}`,
      /line 5: id 'bad-1' is also that of row 2: /,
    ],
    [
      "an id that is the name of a row after",
      `${row(0)}\n${row(1, { id: "bad-3" })}\n${row(2)}\n${row(3)}`,
      /line 4: id 'bad-3' is also on line 2/,
    ],
    ["no rows", "\n\n", /it has no example/],
    [
      "bytes that are no UTF-8",
      new Uint8Array([0x22, 0xff, 0x22]),
      /line 1: it is not valid UTF-8/,
    ],
  ];

for (const [title, content, message] of FAULTS) {
  test(
    `examples() names file and line of ${title}`,
    effectTest(() =>
      Effect.gen(function* () {
        const path = yield* fileOf("bad.jsonl", content);
        assert.match(yield* failure(gsm8k, { path }), message);
      })
    ),
  );
}

test(
  "examples() takes an id that is the name of a row where that row has another",
  effectTest(() =>
    Effect.gen(function* () {
      const own = ["test-1", "x", "test-02", "test-7", "test--1"];
      const content = own.map((id, n) => row(n, { id })).join("\n");
      const path = yield* fileOf("test.jsonl", content);
      assert.equal(yield* ids(gsm8k, { path }), own);
    })
  ),
);

test(
  "examples() finds an id that is the name of another row in any order, in a file of any length",
  effectTest(() =>
    Effect.gen(function* () {
      const [count, named] = [20_000, 18_765];
      const content = Array.from({ length: count }, (_, n) => row(n));
      content[77] = row(77, { id: `test-${named}` });
      const path = yield* fileOf("test.jsonl", content.join("\n"));
      for (const order of [{}, { shuffleSeed: 1 }, { shuffleSeed: 2 }]) {
        const skipped: DatasetError[] = [];
        const skipBad = (error: DatasetError) => Effect.sync(() => void skipped.push(error));
        const found = yield* ids(gsm8k, { path, ...order, skipBad });
        assert.is(new Set(found).size, count - 1);
        assert.is(skipped.length, 1);
        assert.match(skipped[0]!.message, new RegExp(`id 'test-${named}' is also `));
      }
    })
  ),
);

test(
  "examples() names a missing file and ids that are not there",
  effectTest(() =>
    Effect.gen(function* () {
      assert.match(yield* failure(gsm8k, { path: "/no/such" }), /there is no such file/);
      const path = yield* fileOf("test.jsonl", TEN);
      const message = yield* failure(gsm8k, { path, ids: ["test-1", "test-99"] });
      assert.match(message, /no example with id 'test-99'/);
    })
  ),
);

test(
  "examples() hands bad rows to skipBad and goes on",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* fileOf("test.jsonl", `${row(0)}\nnonsense\n${row(2)}\n{}`);
      const skipped: DatasetError[] = [];
      const skipBad = (error: DatasetError) => Effect.sync(() => void skipped.push(error));
      const kept = yield* ids(gsm8k, { path, skipBad });
      assert.equal(kept, ["test-0", "test-2"]);
      assert.equal(skipped.map(({ line }) => line), [2, 4]);
      const again = yield* ids(gsm8k, { path, skipBad, shuffleSeed: 3 });
      assert.equal([...again].sort(), kept);
    })
  ),
);

test.run();
