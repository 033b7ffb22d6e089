/**
 * What can happen in a story, as tables: how it is told, which numbers it may take, and what it computes.
 *
 * Gaps of a sentence: `{S}` the hero (a name, or a pronoun where it is plain), `{F}` the friend whose count matters,
 * `{O}` someone whose count does not, `{i}` the item, `{g}` bags or boxes, `{k}` and `{m}` numbers.
 *
 * @module
 */
import { between, pick, type Random } from "./random.ts";

/** The largest number that appears anywhere in a problem. */
export const LARGEST = 99;

/** One line of a chain of thought. */
export interface Step {
  /** Before the sign. */
  readonly left: number;
  /** The operation. */
  readonly sign: "+" | "-" | "*" | "/";
  /** After the sign. */
  readonly right: number;
  /** What the operation gives. */
  readonly result: number;
}

/** The numbers of one sentence. */
export interface Numbers {
  readonly k: number;
  readonly m: number;
}

/** One kind of event: from the count before it to the count after it. */
export interface Operation {
  readonly phrases: readonly string[];
  /** Numbers that fit a count of `x`, or null where none do. */
  readonly draw: (random: Random, x: number) => Numbers | null;
  /** The lines that lead from a count of `x` to the count after; at least one. */
  readonly steps: (x: number, numbers: Numbers) => readonly Step[];
}

/** Computes one line of a chain of thought. */
export function step(left: number, sign: Step["sign"], right: number): Step {
  const result = {
    "+": left + right,
    "-": left - right,
    "*": left * right,
    "/": left / right,
  }[sign];
  return { left, sign, right, result };
}

function within(random: Random, low: number, high: number): Numbers | null {
  return high < low ? null : { k: between(random, low, high), m: 0 };
}

/** Two to six groups of two to nine items, `largest` items at most. */
export function groups(random: Random, largest: number): Numbers | null {
  if (largest < 4) return null;
  const k = between(random, 2, Math.min(6, Math.floor(largest / 2)));
  return { k, m: between(random, 2, Math.min(9, Math.floor(largest / k))) };
}

const whole = (fits: boolean): Numbers | null => fits ? { k: 0, m: 0 } : null;

/** How a story's first count comes about when it is not simply told: `x` is the friend's count. */
export const COMPARISONS: Readonly<Record<"more" | "fewer" | "times", Operation>> = {
  more: {
    phrases: ["{S} has {k} more {i} than {F}.", "{S} has {k} {i} more than {F} has."],
    draw: (random, x) => within(random, 2, Math.min(30, LARGEST - x)),
    steps: (x, { k }) => [step(x, "+", k)],
  },
  fewer: {
    phrases: ["{S} has {k} fewer {i} than {F}.", "{S} has {k} {i} fewer than {F} has."],
    draw: (random, x) => within(random, 2, Math.min(30, x - 2)),
    steps: (x, { k }) => [step(x, "-", k)],
  },
  times: {
    phrases: ["{S} has {k} times as many {i} as {F}.", "{S} has {k} times as many {i} as {F} has."],
    draw: (random, x) => within(random, 2, Math.min(4, Math.floor(LARGEST / x))),
    steps: (x, { k }) => [step(x, "*", k)],
  },
};

/** What can change the hero's count `x`. */
export const CHANGES: Readonly<
  Record<"gain" | "lose" | "gainGroups" | "loseGroups" | "double" | "triple" | "halve", Operation>
> = {
  gain: {
    phrases: [
      "{S} buys {k} {i}.",
      "{S} buys {k} more {i}.",
      "{S} finds {k} {i}.",
      "{S} wins {k} {i} in a game.",
      "{S} gets {k} {i} from {O}.",
      "{S} gets {k} more {i}.",
    ],
    draw: (random, x) => within(random, 2, Math.min(30, LARGEST - x)),
    steps: (x, { k }) => [step(x, "+", k)],
  },
  lose: {
    phrases: [
      "{S} sells {k} {i}.",
      "{S} loses {k} {i}.",
      "{S} gives {k} {i} to {O}.",
      "{S} gives {O} {k} {i}.",
      "{S} gives away {k} {i}.",
      "{S} drops {k} of the {i} into a river.",
    ],
    draw: (random, x) => within(random, 2, Math.min(40, x - 2)),
    steps: (x, { k }) => [step(x, "-", k)],
  },
  gainGroups: {
    phrases: [
      "{S} buys {k} {g} of {m} {i}.",
      "{S} buys {k} {g} with {m} {i} each.",
      "{S} gets {k} {g} of {m} {i} from {O}.",
    ],
    draw: (random, x) => groups(random, Math.min(54, LARGEST - x)),
    steps: (x, { k, m }) => [step(k, "*", m), step(x, "+", k * m)],
  },
  loseGroups: {
    phrases: [
      "{S} sells {k} {g} of {m} {i}.",
      "{S} gives {O} {k} {g} of {m} {i}.",
      "{S} loses {k} {g} with {m} {i} each.",
    ],
    draw: (random, x) => groups(random, Math.min(54, x - 2)),
    steps: (x, { k, m }) => [step(k, "*", m), step(x, "-", k * m)],
  },
  double: {
    phrases: ["{S} doubles the number of {i}.", "{S} gets as many {i} again from {O}."],
    draw: (_, x) => whole(2 * x <= LARGEST),
    steps: (x) => [step(x, "*", 2)],
  },
  triple: {
    phrases: ["{S} triples the number of {i}.", "{S} gets twice as many {i} again from {O}."],
    draw: (_, x) => whole(3 * x <= LARGEST),
    steps: (x) => [step(x, "*", 3)],
  },
  halve: {
    phrases: [
      "{S} gives half of the {i} to {O}.",
      "{S} sells half of the {i}.",
      "{S} loses half of the {i}.",
    ],
    draw: (_, x) => whole(x % 2 === 0 && x >= 4),
    steps: (x) => [step(x, "/", 2)],
  },
};

/** What the last sentence asks about the hero's count `x`. */
export const QUESTIONS: Readonly<Record<"count" | "share" | "need", Operation>> = {
  count: {
    phrases: [
      "How many {i} does {H} have now?",
      "How many {i} does {H} have today?",
      "How many {i} are left with {H} now?",
    ],
    draw: () => whole(true),
    steps: () => [],
  },
  share: {
    phrases: [
      "{H} puts the {i} into {k} {g} evenly. How many {i} are in each?",
      "{H} shares the {i} evenly among {k} friends. How many {i} does each friend get?",
    ],
    draw: (random, x) => {
      const divisors = [2, 3, 4, 5, 6, 7, 8, 9].filter((k) => x % k === 0 && x > k);
      return divisors.length === 0 ? null : { k: pick(random, divisors), m: 0 };
    },
    steps: (x, { k }) => [step(x, "/", k)],
  },
  need: {
    phrases: [
      "How many more {i} does {H} need to have {k} {i}?",
      "{H} wants {k} {i} in all. How many more {i} does {H} need?",
    ],
    draw: (random, x) => within(random, x + 1, LARGEST),
    steps: (x, { k }) => [step(k, "-", x)],
  },
};

/** What the question of a story with plans asks for: "now" leaves them out, "then" counts them, "bare" does not say. */
export type Asked = "now" | "then" | "bare";

/** What the last sentence asks in a story with plans: the count now, the count once they are done, or it does not say. */
export const PLAN_QUESTIONS: Readonly<Record<Asked, readonly string[]>> = {
  now: QUESTIONS.count.phrases,
  then: ["How many {i} will {H} have?", "How many {i} will {H} have after all that?"],
  bare: ["How many {i} in the end?", "How many {i} at last?"],
};
