/**
 * Stories before they are told: sentences with gaps, in order, and the equations that follow from them.
 *
 * @module
 */
import { DISTRACTIONS } from "./distractions.ts";
import {
  BARE_QUESTIONS,
  CHANGES,
  COMPARISONS,
  groups,
  type Numbers,
  QUESTIONS,
  QUESTIONS_OF_BOTH,
  SIMPLE_CHANGES,
  type Step,
  step,
} from "./operations.ts";
import { between, chance, pick, type Random } from "./random.ts";

/** Whom a sentence's `{S}` names. */
export type Role = "hero" | "friend" | "other";

/** A sentence with gaps, and what fills them beside the cast. */
export interface Sentence {
  readonly text: string;
  readonly subject: Role;
  readonly numbers: Numbers;
}

/** What happens, what is asked, and the chain of thought. */
export interface Story {
  readonly sentences: readonly Sentence[];
  readonly question: Sentence;
  readonly steps: readonly Step[];
}

/** The longest story of two people, so that its length does not give away whose count is asked. */
const MOST_SENTENCES = 5;

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

/** A count told in one sentence. */
function told(random: Random, subject: Role): { sentence: Sentence; steps: Step[]; x: number } {
  if (chance(random, 0.2)) {
    const numbers = groups(random, 54)!;
    const product = step(numbers.k, "*", numbers.m);
    const sentence = { text: pick(random, TOLD_GROUPS), subject, numbers };
    return { sentence, steps: [product], x: product.result };
  }
  const x = between(random, 4, 50);
  return { sentence: { text: pick(random, TOLD), subject, numbers: { k: x, m: 0 } }, steps: [], x };
}

/** A story of one hero with exactly `length` equations, or null where the draws lead to none. */
export function storyOfOne(random: Random, length: number): Story | null {
  const first = told(random, "hero");
  const sentences: Sentence[] = [];
  const steps: Step[] = [];
  let x = first.x;
  if (chance(random, 0.6)) {
    sentences.push(first.sentence);
    steps.push(...first.steps);
  } else {
    const comparison = COMPARISONS[pick(random, ["more", "fewer", "times"] as const)];
    const numbers = comparison.draw(random, x);
    if (numbers === null) return null;
    sentences.push({ text: TOLD[0]!, subject: "friend", numbers: { k: x, m: 0 } });
    sentences.push({ text: pick(random, comparison.phrases), subject: "hero", numbers });
    steps.push(...comparison.steps(x, numbers));
    x = steps[steps.length - 1]!.result;
  }
  const asked = QUESTIONS[pick(random, ["count", "count", "share", "need"] as const)];
  const room = length - (asked === QUESTIONS.count ? 0 : 1);
  while (steps.length < room) {
    const change = CHANGES[pick(random, Object.keys(CHANGES) as (keyof typeof CHANGES)[])];
    const numbers = change.draw(random, x);
    if (numbers === null) continue;
    sentences.push({ text: pick(random, change.phrases), subject: "hero", numbers });
    steps.push(...change.steps(x, numbers));
    x = steps[steps.length - 1]!.result;
  }
  const numbers = asked.draw(random, x);
  if (steps.length !== room || numbers === null) return null;
  const question: Sentence = { text: pick(random, asked.phrases), subject: "hero", numbers };
  return { sentences, question, steps: [...steps, ...asked.steps(x, numbers)] };
}

/**
 * A story in which the hero and the friend both act, with exactly `length` equations, or null where the draws lead to none.
 *
 * @param options whose count is asked, and whether the question says so
 */
export function storyOfTwo(
  random: Random,
  length: number,
  options: { readonly asked: "both" | "hero"; readonly bare: boolean },
): Story | null {
  const { asked, bare } = options;
  const [hero, friend] = [told(random, "hero"), told(random, "friend")];
  const heroFirst = bare || chance(random, 0.5);
  const order = heroFirst ? [hero, friend] : [friend, hero];
  const sentences = order.map(({ sentence }) => sentence);
  const steps = asked === "hero"
    ? [...hero.steps]
    : [...order.flatMap((part) => part.steps), step(order[0]!.x, "+", order[1]!.x)];
  const own = { hero: hero.x, friend: friend.x };
  if (own.hero + own.friend > 90) return null;
  while (steps.length < length || (asked === "hero" && chance(random, 0.3))) {
    const subject = chance(random, asked === "hero" ? 0.65 : 0.5) ? "hero" : "friend";
    const kind = pick(random, ["gain", "lose"] as const);
    const all = own.hero + own.friend;
    const change = CHANGES[kind];
    const numbers = change.draw(random, kind === "gain" ? all : own[subject]);
    if (numbers === null) continue;
    sentences.push({ text: pick(random, change.phrases), subject, numbers });
    const x = asked === "both" ? all : own.hero;
    if (asked === "both" || subject === "hero") steps.push(...change.steps(x, numbers));
    own[subject] = change.steps(own[subject], numbers).at(-1)!.result;
  }
  if (steps.length !== length || sentences.length > MOST_SENTENCES) return null;
  const texts = bare
    ? BARE_QUESTIONS
    : asked === "both"
    ? QUESTIONS_OF_BOTH
    : QUESTIONS.count.phrases;
  const question = { text: pick(random, texts), subject: "hero", numbers: { k: 0, m: 0 } } as const;
  return { sentences, question, steps };
}

/** Strews one or two irrelevant sentences among a story's: most about someone else, told as what counts is told. */
export function distract(random: Random, story: Story): Story {
  const sentences = [...story.sentences];
  for (let left = between(random, 1, 2); left > 0; left--) {
    const sentence = chance(random, 0.6) ? ofOther(random) : irrelevant(random);
    sentences.splice(between(random, 0, sentences.length), 0, sentence);
  }
  return { ...story, sentences };
}

function ofOther(random: Random): Sentence {
  if (chance(random, 0.4)) return told(random, "other").sentence;
  const kind = pick(random, SIMPLE_CHANGES);
  const numbers = kind.endsWith("Groups")
    ? groups(random, 54)!
    : { k: between(random, 2, 30), m: 0 };
  return { text: pick(random, CHANGES[kind].phrases), subject: "other", numbers };
}

function irrelevant(random: Random): Sentence {
  const kind = pick(random, Object.keys(DISTRACTIONS) as (keyof typeof DISTRACTIONS)[]);
  const numbers = { k: between(random, 2, 40), m: 0 };
  return { text: pick(random, DISTRACTIONS[kind]), subject: "hero", numbers };
}
