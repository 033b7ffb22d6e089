/**
 * Prompt templates of the tasks whose answer is one number.
 *
 * @module
 */
import type { Example } from "../dataset/mod.ts";
import { ARITHMETIC } from "./shots.ts";
import type { Template } from "./template.ts";

/** A worked solution in GSM8K's way; a dataset's own rationale may end so already. */
function markedSolution({ rationale, gold }: Example): string {
  if (rationale === undefined) return ` #### ${gold}`;
  return rationale.includes("####") ? ` ${rationale}` : ` ${rationale}\n#### ${gold}`;
}

/** A worked solution in one paragraph that ends in "The answer is n.". */
function spokenSolution({ rationale, gold }: Example): string {
  const steps = (rationale ?? "").replace(/<<[^<>]*>>/g, "").replace(/\n?####.*/s, "");
  const text = steps.replace(/\s*\n\s*/g, " ").trim();
  return text === "" ? ` The answer is ${gold}.` : ` ${text} The answer is ${gold}.`;
}

/** lm-evaluation-harness' gsm8k; its score takes five shots of the training split. */
const LM_EVAL: Template = {
  name: "lm-eval",
  description:
    "lm-evaluation-harness' gsm8k: 'Question: .. Answer:'; add shots of the training split",
  ask: ({ question }) => `Question: ${question}\nAnswer:`,
  solve: markedSolution,
  shots: [],
  stop: ["Question:"],
};

const ZERO_SHOT_COT: Template = {
  name: "zero-shot-cot",
  description: "'Let's think step by step.'",
  ask: ({ question }) => `Q: ${question}\nA: Let's think step by step.`,
  solve: spokenSolution,
  shots: [],
  stop: ["\nQ:"],
};

/** The question on a line of its own and nothing else: what the embedded model was trained on. */
export const PLAIN: Template = {
  name: "plain",
  description: "the question, a line break, the solution",
  ask: ({ question }) => `${question}\n`,
  solve: ({ rationale, gold }) => rationale ?? `#### ${gold}`,
  shots: [],
  stop: [],
};

/** The templates of GSM8K, SVAMP and MultiArith; the first one is the default. */
export const NUMERIC_TEMPLATES: readonly [Template, ...Template[]] = [
  {
    ...LM_EVAL,
    name: "few-shot-cot",
    description: "four worked examples, each solution ends in '#### n'",
    shots: ARITHMETIC,
  },
  { ...LM_EVAL, name: "zero-shot", description: "the question alone: 'Question: .. Answer:'" },
  LM_EVAL,
  ZERO_SHOT_COT,
  {
    ...ZERO_SHOT_COT,
    name: "zero-shot-cot-2",
    description: "'Let's think step by step.', then asked for the number alone",
    secondPass: { cue: "\nTherefore, the answer (arabic numerals) is", maxNewTokens: 32 },
  },
  {
    name: "few-shot-answer-is",
    description: "four worked examples in prose, each ends in 'The answer is n.'",
    ask: ({ question }) => `Q: ${question}\nA:`,
    solve: spokenSolution,
    shots: ARITHMETIC,
    stop: ["\nQ:"],
  },
  {
    name: "instruction",
    description: "for chat models: solve step by step, end with '#### n'",
    ask: ({ question }) =>
      `${question}\n\nSolve the problem step by step. Write the final number on a last line of the form "#### number".`,
    solve: markedSolution,
    shots: [],
    stop: [],
  },
  PLAIN,
];
