/**
 * GSM8K (Cobbe et al. 2021, arXiv 2110.14168): grade-school word problems whose solution ends in "#### n"; and the embedded
 * benchmark, whose rows have the same form.
 *
 * @module
 */
import { Either } from "effect";
import { decode, Schema } from "../schema/mod.ts";
import type { Example } from "./dataset/mod.ts";
import { extractNumber, gradeNumber, readNumber, TURN_ENDS } from "./grade/mod.ts";
import { NUMERIC_TEMPLATES, PLAIN } from "./template/mod.ts";
import type { Task } from "./task.ts";

const Row = decode(Schema.Struct({
  id: Schema.optional(Schema.Union(Schema.String, Schema.Number)),
  question: Schema.String,
  answer: Schema.String,
  kind: Schema.optional(Schema.String),
  steps: Schema.optional(Schema.Number),
}));

/** GSM8K; rows are `{question, answer}`, gold is the number after "####". */
export const gsm8k: Task = {
  name: "gsm8k",
  files: { train: "gsm8k/train.jsonl", test: "gsm8k/test.jsonl" },
  toExample,
  templates: NUMERIC_TEMPLATES,
  stop: TURN_ENDS,
  maxNewTokens: 400,
  extract: extractNumber,
  grade: gradeNumber,
};

/** The embedded benchmark; its rows also say which kind of problem it is. */
export const wordProblems: Task = {
  ...gsm8k,
  name: "word-problems",
  files: { train: "train.jsonl", dev: "dev.jsonl", test: "test.jsonl" },
  templates: [PLAIN],
  maxNewTokens: 96,
};

function toExample(data: unknown, fallbackId: string): Either.Either<Example, string> {
  return Either.flatMap(Row(data), ({ id, question, answer, kind, steps }) => {
    const marker = answer.lastIndexOf("####");
    const gold = answer.slice(marker + 4).trim();
    if (marker < 0 || readNumber(gold) === undefined) {
      return Either.left("at answer: must end in '#### ' and a number");
    }
    const lines = answer.slice(0, marker).split("\n").filter((line) => line.trim() !== "");
    return Either.right({
      id: id === undefined ? fallbackId : String(id),
      question,
      gold,
      rationale: answer,
      strata: { ...(kind === undefined ? {} : { kind }), steps: String(steps ?? lines.length) },
    });
  });
}
