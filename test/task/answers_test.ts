import { Chunk, Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  aqua,
  byName,
  externalAnswers,
  gradeAnswers,
  gsm8k,
  type Task,
} from "../../lib/task/mod.ts";
import { effectTest } from "../support.ts";
import { exampleOf, fileOf } from "./support.ts";

/** The grades of a file's lines. */
const graded = (lines: readonly unknown[], task: Task = gsm8k, known = exampleOf("18")) =>
  Effect.gen(function* () {
    const content = lines.map((line) => typeof line === "string" ? line : JSON.stringify(line));
    const path = yield* fileOf("answers.jsonl", content.join("\n"));
    const answers = externalAnswers(
      task,
      path,
      ({ id, question }) => id === known.id || question === known.question ? known : undefined,
    );
    const all = yield* Stream.runCollect(gradeAnswers(task, answers));
    return Chunk.toReadonlyArray(all);
  });

test(
  "gradeAnswers() grades lines of text and gold, one by one",
  effectTest(() =>
    Effect.gen(function* () {
      const lines = yield* graded([
        { text: "The answer is 12.", gold: 12, id: 7 },
        { text: "so #### 4", gold: "1 + 3\n#### 4" },
        { text: "no idea", gold: "7" },
        { text: "so #### 4", gold: "4", finish: "length" },
        '{"text": "#### 1234567890123456789", "gold": 1234567890123456789}',
      ]);
      assert.equal(lines.map(({ id, answer, rule, verdict }) => [id, answer, rule, verdict]), [
        ["7", "12", "answer is", "correct"],
        ["line-2", "4", "####", "correct"],
        ["line-3", null, "none", "unparsed"],
        ["line-4", "4", "####", "cut off"],
        ["line-5", "1234567890123456789", "####", "correct"],
      ]);
      assert.equal(lines.map(({ strict }) => strict), [false, true, false, false, true]);
    })
  ),
);

test(
  "externalAnswers() finds golds by id or question, and names the line that has none",
  effectTest(() =>
    Effect.gen(function* () {
      const lines = yield* graded([
        { text: "#### 18", id: "example" },
        { text: "#### 19", question: "How many?" },
        { text: "#### 19", id: "example", gold: 19 },
      ]);
      assert.equal(lines.map(({ gold, verdict }) => [gold, verdict]), [
        ["18", "correct"],
        ["18", "wrong"],
        ["19", "correct"],
      ]);
      for (
        const [line, reason] of [
          [{ text: "18" }, /neither gold nor id nor question/],
          [{ text: "18", id: "x" }, /no example with id 'x'/],
          [{ gold: 18 }, /text/],
          ["{", /not valid JSON/],
        ] as const
      ) {
        const error = yield* Effect.flip(graded([{ text: "1", gold: 1 }, line]));
        if (error._tag !== "AnswersError") throw error;
        assert.is(error.line, 2);
        assert.match(error.reason, reason);
      }
    })
  ),
);

/** A line of lm-evaluation-harness' samples file. */
const harnessLine = (
  doc_id: number,
  doc: object,
  target: string,
  text: string,
  filter: string,
) => ({
  doc_id,
  doc,
  target,
  arguments: {},
  resps: [[text]],
  filtered_resps: [text],
  filter,
  exact_match: 0,
});

test(
  "externalAnswers() reads lm-evaluation-harness' samples, each text once",
  effectTest(() =>
    Effect.gen(function* () {
      const doc = { question: "6 + 6?", answer: "6 + 6 = 12\n#### 12" };
      const texts = ["#### 12", "The answer is twelve."];
      const lines = yield* graded(
        ["strict-match", "flexible-extract"].flatMap((filter) =>
          texts.map((text, at) => harnessLine(at, doc, doc.answer, text, filter))
        ),
      );
      assert.equal(lines.map(({ id, verdict, strict }) => [id, verdict, strict]), [
        ["doc-0", "correct", true],
        ["doc-1", "correct", false],
      ]);
      const problem = { problem: "Half of one?", solution: "It is $\\boxed{\\frac{1}{2}}$." };
      const [math] = yield* graded(
        [harnessLine(0, problem, "\\frac{1}{2}", "so $\\boxed{0.5}$", "none")],
        yield* byName("math"),
      );
      assert.equal([math!.gold, math!.verdict], ["\\frac{1}{2}", "correct"]);
      const choice = { question: "6 + 6?", options: ["A)10", "B)12", "C)14"] };
      const [letter] = yield* graded(
        [harnessLine(0, choice, "B", "The answer is 12.", "none")],
        aqua,
      );
      assert.equal([letter!.answer, letter!.verdict], ["B", "correct"]);
    })
  ),
);

test.run();
