/**
 * GSM8K (Cobbe et al. 2021, arXiv 2110.14168): grade-school word problems whose solution ends in "#### n".
 *
 * @module
 */
import { Either } from "effect";
import { decode, Schema } from "../schema/mod.ts";
import { extractNumber, gradeNumber, readNumber, STOP } from "./numeric.ts";
import type { Task } from "./task.ts";

const Row = decode(Schema.Struct({
  id: Schema.optional(Schema.Union(Schema.String, Schema.Number)),
  question: Schema.String,
  answer: Schema.String,
}));

/** The GSM8K task; rows are `{question, answer}`, gold is the number after "####". */
export const gsm8k: Task = {
  name: "gsm8k",
  files: { train: "gsm8k/train.jsonl", test: "gsm8k/test.jsonl" },
  toExample: (data, fallbackId) =>
    Either.flatMap(Row(data), ({ id, question, answer }) => {
      const marker = answer.lastIndexOf("####");
      const gold = answer.slice(marker + 4).trim();
      if (marker < 0 || readNumber(gold) === undefined) {
        return Either.left("at answer: must end in '#### ' and a number");
      }
      const rationale = answer.slice(0, marker).trimEnd();
      const steps = rationale.split("\n").filter((line) => line.trim() !== "").length;
      return Either.right({
        id: id === undefined ? fallbackId : String(id),
        question,
        gold,
        rationale: answer,
        strata: { steps: String(steps) },
      });
    }),
  templates: [{
    name: "lm-eval",
    prefix: "",
    text: ({ question }) => `Question: ${question}\nAnswer:`,
    stop: [],
  }],
  stop: STOP,
  maxNewTokens: 400,
  extract: extractNumber,
  grade: gradeNumber,
};
