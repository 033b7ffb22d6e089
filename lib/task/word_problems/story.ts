/**
 * Stories before they are told: sentences with gaps, in order, and the equations that follow from them.
 *
 * @module
 */
import { DISTRACTIONS } from "./distractions.ts";
import {
  type Asked,
  CHANGES,
  COMPARISONS,
  groups,
  type Numbers,
  type Operation,
  PLAN_QUESTIONS,
  QUESTIONS,
  type Step,
  step,
} from "./operations.ts";
import { between, chance, pick, type Random } from "./random.ts";

/** A sentence with gaps, the numbers that fill them, and whether it tells what is only planned. */
export interface Sentence {
  readonly text: string;
  readonly numbers: Numbers;
  readonly subject?: "friend";
  readonly planned?: boolean;
}

/** What happens, what is asked, and the chain of thought. */
export interface Story {
  readonly sentences: readonly Sentence[];
  readonly question: Sentence;
  readonly steps: readonly Step[];
}

/** How a count is told. */
export const TOLD: readonly string[] = [
  "{S} has {k} {i}.",
  "{S} starts with {k} {i}.",
  "At first {S} has {k} {i}.",
  "There are {k} {i} in {S}'s box.",
];

/** How a count is told as equal groups. */
export const TOLD_GROUPS: readonly string[] = [
  "{S} has {k} {g} of {m} {i}.",
  "{S} has {k} {g} with {m} {i} each.",
];

/** The plans of a story. */
export interface Plans {
  /** Which count the question asks for. */
  readonly asked: Asked;
  /** Whether the equations count what is planned. */
  readonly counted: boolean;
}

/** Most changes of a story, planned ones included. */
const MOST_EVENTS = 5;

/** The start of a story: how the hero's first count is told, or null where the draws lead to none. */
function beginning(random: Random): { sentences: Sentence[]; steps: Step[]; x: number } | null {
  const x = between(random, 4, 50);
  if (chance(random, 0.5)) {
    return { sentences: [{ text: pick(random, TOLD), numbers: { k: x, m: 0 } }], steps: [], x };
  }
  if (chance(random, 0.4)) {
    const numbers = groups(random, 54)!;
    const steps = [step(numbers.k, "*", numbers.m)];
    const sentences = [{ text: pick(random, TOLD_GROUPS), numbers }];
    return { sentences, steps, x: steps[0]!.result };
  }
  const comparison = pick(random, Object.values(COMPARISONS));
  const numbers = comparison.draw(random, x);
  if (numbers === null) return null;
  const steps = [...comparison.steps(x, numbers)];
  const sentences: Sentence[] = [
    { text: TOLD[0]!, numbers: { k: x, m: 0 }, subject: "friend" },
    { text: pick(random, comparison.phrases), numbers },
  ];
  return { sentences, steps, x: steps[0]!.result };
}

/**
 * Draws a story with exactly `length` equations, or null where the draws lead to none.
 *
 * @param plans what is asked if one or two of the changes are planned; absent for a story without plans
 */
export function attempt(random: Random, length: number, plans?: Plans): Story | null {
  const start = beginning(random);
  if (start === null) return null;
  const { sentences, steps } = start;
  let { x } = start;
  const asked = plans === undefined ? pick(random, ASKED) : QUESTIONS.count;
  const room = length - (asked === QUESTIONS.count ? 0 : 1);
  const events = between(random, 1, MOST_EVENTS);
  const real = plans === undefined ? events : events - between(random, 1, 2);
  for (let event = 0; event < events; event++) {
    // plans come last, so that the equations' order is time's
    const planned = event >= real;
    const change = pick(random, Object.values<Operation>(CHANGES));
    const numbers = change.draw(random, x);
    if (numbers === null) return null;
    sentences.push({ text: pick(random, change.phrases), numbers, planned });
    if (planned && !plans!.counted) continue;
    steps.push(...change.steps(x, numbers));
    x = steps.at(-1)!.result;
  }
  const numbers = asked.draw(random, x);
  if (steps.length !== room || numbers === null) return null;
  const texts = plans === undefined ? asked.phrases : PLAN_QUESTIONS[plans.asked];
  return {
    sentences,
    question: { text: pick(random, texts), numbers },
    steps: [...steps, ...asked.steps(x, numbers)],
  };
}

const ASKED = [QUESTIONS.count, QUESTIONS.count, QUESTIONS.share, QUESTIONS.need] as const;

/** Strews one or two irrelevant sentences among a story's. */
export function distract(random: Random, story: Story): Story {
  const sentences = [...story.sentences];
  for (let left = between(random, 1, 2); left > 0; left--) {
    const kind = pick(random, Object.values(DISTRACTIONS));
    const sentence = { text: pick(random, kind), numbers: { k: between(random, 2, 40), m: 0 } };
    sentences.splice(between(random, 0, sentences.length), 0, sentence);
  }
  return { ...story, sentences };
}
