/**
 * AQuA-RAT (Ling et al. 2017, arXiv 1705.04146): algebra word problems with five options.
 *
 * @module
 */
import { Either } from "effect";
import { decode, Schema } from "../schema/mod.ts";
import { extractChoice, gradeChoice, LETTERS, TURN_ENDS } from "./grade/mod.ts";
import type { Example } from "./dataset/mod.ts";
import { CHOICE, type Template } from "./template/mod.ts";
import type { Task } from "./task.ts";

const Row = decode(Schema.Struct({
  question: Schema.String,
  options: Schema.Array(Schema.String),
  rationale: Schema.optional(Schema.String),
  correct: Schema.Literal("A", "B", "C", "D", "E"),
}));

/** Options of every question. */
const OPTIONS = 5;

/** How AQuA's options are written: "(A) 12 (B) 15 ...". */
function listOptions({ options = [] }: Example): string {
  return options.map((option, index) => `(${LETTERS[index]}) ${option}`).join(" ");
}

function solution({ rationale = "", gold }: Example): string {
  return ` ${rationale.trim()}\nThe answer is (${gold}).`;
}

const COT: Template.Template = {
  name: "few-shot-cot",
  description: "three worked examples, each ends in 'The answer is (X).'",
  ask: (example) => `Q: ${example.question}\nAnswer Choices: ${listOptions(example)}\nA:`,
  solve: solution,
  shots: CHOICE,
  stop: ["\nQ:"],
};

const ZERO_SHOT_COT: Template.Template = {
  ...COT,
  name: "zero-shot-cot",
  description: "'Let's think step by step.'",
  ask: (example) => `${COT.ask(example)} Let's think step by step.`,
  shots: [],
};

/** The AQuA task; gold is the letter of the right option. */
export const aqua: Task = {
  name: "aqua",
  files: { dev: "aqua/dev.json", test: "aqua/test.json" },
  toExample: (data, id) =>
    Either.flatMap(Row(data), ({ question, options, rationale, correct }) => {
      const lettered = options.every((option, index) => option[0] === LETTERS[index]);
      if (options.length !== OPTIONS || !lettered) {
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
  templates: [
    COT,
    { ...COT, name: "zero-shot", description: "the question and its options alone", shots: [] },
    ZERO_SHOT_COT,
    {
      ...ZERO_SHOT_COT,
      name: "zero-shot-cot-2",
      description: "'Let's think step by step.', then asked for the letter alone",
      secondPass: {
        cue: ({ options = [] }) =>
          `\nTherefore, among A through ${LETTERS[options.length - 1] ?? "E"}, the answer is`,
        maxNewTokens: 16,
      },
    },
    {
      name: "instruction",
      description: "for chat models: solve step by step, end with 'The answer is (X).'",
      ask: (example) =>
        `${example.question}\n\nOptions: ${
          listOptions(example)
        }\n\nSolve the problem step by step. End with "The answer is (X)." where X is the letter of the right option.`,
      solve: solution,
      shots: [],
      stop: [],
    },
  ],
  stop: TURN_ENDS,
  maxNewTokens: 400,
  extract: extractChoice,
  grade: gradeChoice,
};
