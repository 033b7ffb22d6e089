/**
 * Prompt templates of MATH.
 *
 * @module
 */
import type { Example } from "../dataset/mod.ts";
import { MATHEMATICS } from "./shots.ts";
import type { Template } from "./template.ts";

/** Minerva's way to end a solution (Lewkowycz et al. 2022, arXiv 2206.14858), which lm-evaluation-harness took over. */
function solution({ rationale = "", gold }: Example): string {
  return ` ${rationale}\nFinal Answer: The final answer is $${gold}$. I hope it is correct.`;
}

const MINERVA: Template = {
  name: "few-shot-cot",
  description:
    "four worked examples in the format of Minerva: 'Problem: .. Solution: .. Final Answer: ..'",
  ask: ({ question }) => `Problem:\n${question}\n\nSolution:`,
  solve: solution,
  shots: MATHEMATICS,
  stop: ["Problem:"],
};

/** The first one is the default. */
export const MATH_TEMPLATES: readonly [Template, ...Template[]] = [
  MINERVA,
  {
    ...MINERVA,
    name: "zero-shot",
    description: "the problem alone: 'Problem: .. Solution:'",
    shots: [],
  },
  {
    ...MINERVA,
    name: "zero-shot-cot",
    description: "'Let's think step by step.'",
    ask: ({ question }) => `Problem:\n${question}\n\nSolution: Let's think step by step.`,
    shots: [],
  },
  {
    name: "instruction",
    description: "for chat models: reason step by step, answer in \\boxed{}",
    ask: ({ question }) =>
      `${question}\n\nReason step by step, and put the final answer within \\boxed{}.`,
    solve: ({ rationale = "" }) => ` ${rationale}`,
    shots: [],
    stop: [],
  },
];
