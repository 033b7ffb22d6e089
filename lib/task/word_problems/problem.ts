/**
 * One word problem: a story in sentences, and the chain of thought that solves it.
 *
 *     problem      = beginning { change | planned change | distraction } question
 *     beginning    = told | told as groups | friend told, comparison with the friend
 *     change       = gain | lose | gain groups | lose groups | double | triple | halve
 *     distraction  = other person | other item | unreal | undone | fact
 *     question     = count | share | need                              without plans
 *                  | count now | count then | count, bare              with one or two planned changes
 *
 * @module
 */
import { DISTRACTIONS } from "./distractions.ts";
import { GROUPS, ITEMS, PEOPLE, type Person } from "./lexicon.ts";
import { CHANGES, COMPARISONS, PLAN_QUESTIONS, QUESTIONS } from "./operations.ts";
import { between, chance, pick, type Random, sample } from "./random.ts";
import { attempt, distract, type Plans, type Sentence, TOLD, TOLD_GROUPS } from "./story.ts";

/** Whether every sentence of a problem counts, or some hold numbers that must be left out. */
export type Kind = "clean" | "distracting";

/** A problem in GSM8K's format, with its kind and the number of lines of its chain of thought. */
export interface Problem {
  /** The story and its question, in one paragraph. */
  readonly question: string;
  /** The chain of thought, one equation a line, and `#### n` on the last line. */
  readonly answer: string;
  /** Whether the story holds sentences that do not count. */
  readonly kind: Kind;
  /** Equations of the chain of thought. */
  readonly steps: number;
}

/** The fewest and most equations of a chain of thought. */
export const STEPS = { fewest: 2, most: 4 } as const;

const LINKS: readonly string[] = ["Then ", "After that ", "Today "];
const PLAN_LINKS: readonly string[] = ["Tomorrow ", "Next week ", "Soon "];

/** Every sentence of the grammar with its gaps: what a vocabulary must cover. */
export const SENTENCES: readonly string[] = [
  ...TOLD,
  ...TOLD_GROUPS,
  ...LINKS,
  ...PLAN_LINKS,
  ...[COMPARISONS, CHANGES, QUESTIONS].flatMap((table) =>
    Object.values(table).flatMap((operation) => operation.phrases)
  ),
  ...Object.values(PLAN_QUESTIONS).flat(),
  ...Object.values(DISTRACTIONS).flat(),
];

/** How a problem is drawn. */
export interface DrawOptions {
  /** Whether the story may hold sentences that do not count. */
  readonly kind: Kind;
  /** The plans of its story; what is planned counts unless "now" is asked. Absent for a story without plans. */
  readonly plans?: Plans;
}

/**
 * Draws one problem; equal states of the source of chance give equal problems.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { draw, make, STEPS } from "dynamic-prompt-corruption/task/word_problems";
 *
 * const { answer, steps } = draw(make(0), { kind: "distracting" });
 * assert.ok(steps >= STEPS.fewest && steps <= STEPS.most);
 * assert.match(answer, /^(\d+[-+*\/]\d+=\d+\n)+#### \d+$/);
 * ```
 */
export function draw(random: Random, { kind, plans }: DrawOptions): Problem {
  const length = between(random, STEPS.fewest, STEPS.most);
  let story = attempt(random, length, plans);
  while (story === null) story = attempt(random, length, plans);
  if (kind === "distracting" && plans === undefined) story = distract(random, story);
  const last = story.steps.at(-1)!;
  return {
    question: tell(random, [...story.sentences, story.question]),
    answer: [
      ...story.steps.map(({ left, sign, right, result }) => `${left}${sign}${right}=${result}`),
      `#### ${last.result}`,
    ].join("\n"),
    kind,
    steps: story.steps.length,
  };
}

/** Tells sentences as one text: casts people and items, links some sentences, and says he or she where it is plain. */
function tell(random: Random, sentences: readonly Sentence[]): string {
  const [hero, friend, other, another] = sample(random, PEOPLE, 4) as [
    Person,
    Person,
    Person,
    Person,
  ];
  const [item, otherItem] = sample(random, ITEMS, 2) as [string, string];
  let heroIsNamed = false;
  return sentences.map(({ text, numbers, subject, planned }, index) => {
    const ofHero = text.startsWith("{S}") && subject === undefined;
    const link = planned
      ? pick(random, PLAN_LINKS)
      : ofHero && index > 0 && chance(random, 0.3)
      ? pick(random, LINKS)
      : "";
    const short = ofHero && heroIsNamed && chance(random, 0.4);
    heroIsNamed = ofHero;
    const gaps: Readonly<Record<string, string>> = {
      S: subject === "friend"
        ? friend.name
        : !short
        ? hero.name
        : link === ""
        ? capital(hero.pronoun)
        : hero.pronoun,
      H: hero.name,
      F: friend.name,
      O: other.name,
      P: another.name,
      i: item,
      j: otherItem,
      g: pick(random, GROUPS),
      k: String(numbers.k),
      m: String(numbers.m),
    };
    return link + text.replace(/\{(\w)\}/g, (_, gap: string) => gaps[gap]!);
  }).join(" ");
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
