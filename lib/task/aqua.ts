/**
 * AQuA-RAT (Ling et al. 2017, arXiv 1705.04146): algebra word problems with five options.
 *
 * @module
 */
import { Either } from "effect";
import { decode, Schema } from "../schema/mod.ts";
import { extractChoice, gradeChoice } from "./choice.ts";
import type { Task } from "./task.ts";

const Row = decode(Schema.Struct({
  question: Schema.String,
  options: Schema.Array(Schema.String),
  rationale: Schema.optional(Schema.String),
  correct: Schema.Literal("A", "B", "C", "D", "E"),
}));

/** The AQuA task; gold is the letter of the right option. */
export const aqua: Task = {
  name: "aqua",
  files: { dev: "aqua/dev.json", test: "aqua/test.json" },
  toExample: (data, id) =>
    Either.flatMap(Row(data), ({ question, options, rationale, correct }) => {
      const lettered = options.every((option, index) => option[0] === "ABCDE"[index]);
      if (options.length !== 5 || !lettered) {
        return Either.left("at options: must be five texts that begin with A) to E)");
      }
      return Either.right({
        id,
        question,
        gold: correct,
        options: options.map((option) => option.slice(1).replace(/^\)\s*/, "")),
        ...(rationale === undefined ? {} : { rationale }),
        strata: { letter: correct },
      });
    }),
  templates: [{ name: "zero-shot", prefix: "", text: ({ question }) => question, stop: [] }],
  stop: ["\nQ:", "Question:"],
  maxNewTokens: 400,
  extract: extractChoice,
  grade: gradeChoice,
};
