/**
 * One word problem: a story in sentences, and the chain of thought that solves it.
 *
 *     problem      = story question
 *     story        = ( told | friend told, comparison ) { change }                              one hero's count
 *                  | told, friend told { simple change of hero or friend }                      the count of both
 *     distraction  = told or simple change of someone else | other item | unreal | undone | fact   1 to 3, anywhere
 *     change       = gain | lose | gain groups | lose groups | double | triple | halve
 *     question     = count | share | need | count of both
 *
 * @module
 */
import { DISTRACTIONS } from "./distractions.ts";
import { GROUPS, ITEMS, PEOPLE, type Person } from "./lexicon.ts";
import {
  BARE_QUESTIONS,
  CHANGES,
  COMPARISONS,
  QUESTIONS,
  QUESTIONS_OF_BOTH,
} from "./operations.ts";
import { between, chance, pick, type Random, sample } from "./random.ts";
import {
  distract,
  type Role,
  type Sentence,
  storyOfOne,
  storyOfTwo,
  TOLD,
  TOLD_GROUPS,
} from "./story.ts";

/** Whether every sentence of a problem counts, or some hold numbers that must be left out. */
export type Kind = "clean" | "distracting";

/** A problem in GSM8K's format, with its kind and the number of lines of its chain of thought. */
export interface Problem {
  readonly question: string;
  /** The chain of thought, one equation a line, and `#### n` on the last line. */
  readonly answer: string;
  readonly kind: Kind;
  readonly steps: number;
}

/** The fewest and most equations of a chain of thought. */
export const STEPS = { fewest: 2, most: 4 } as const;

const LINKS: readonly string[] = ["Then ", "Later ", "After that ", "Today "];

/** Every sentence of the grammar with its gaps: what a vocabulary must cover. */
export const SENTENCES: readonly string[] = [
  ...TOLD,
  ...TOLD_GROUPS,
  ...LINKS,
  ...BARE_QUESTIONS,
  ...QUESTIONS_OF_BOTH,
  ...[COMPARISONS, CHANGES, QUESTIONS].flatMap((table) =>
    Object.values(table).flatMap((operation) => operation.phrases)
  ),
  ...Object.values(DISTRACTIONS).flat(),
];

/** How a problem is drawn. */
export interface DrawOptions {
  readonly kind: Kind;
  /** The share of stories in which two people act. */
  readonly two: number;
  /** The share of those whose question does not say whose count it means. */
  readonly bare: number;
}

/** Draws one problem; equal states of the source of chance give equal problems. */
export function draw(random: Random, options: DrawOptions): Problem {
  const { kind } = options;
  const length = between(random, STEPS.fewest, STEPS.most);
  const two = chance(random, options.two);
  const bare = chance(random, options.bare);
  const make = () =>
    two
      ? storyOfTwo(random, length, { asked: kind === "clean" ? "both" : "hero", bare })
      : storyOfOne(random, length);
  let story = make();
  while (story === null) story = make();
  if (kind === "distracting" && !two) story = distract(random, story);
  const last = story.steps[story.steps.length - 1]!;
  return {
    question: tell(random, [...story.sentences, story.question], !two),
    answer: [
      ...story.steps.map(({ left, sign, right, result }) => `${left}${sign}${right}=${result}`),
      `#### ${last.result}`,
    ].join("\n"),
    kind,
    steps: story.steps.length,
  };
}

/** Tells sentences as one text: casts people and items, links some sentences, and says he or she where it is plain. */
function tell(random: Random, sentences: readonly Sentence[], pronouns: boolean): string {
  const [hero, friend, other, another] = sample(random, PEOPLE, 4) as [
    Person,
    Person,
    Person,
    Person,
  ];
  const cast: Readonly<Record<Role, Person>> = { hero, friend, other };
  const [item, otherItem] = sample(random, ITEMS, 2) as [string, string];
  let named: Role | null = null;
  return sentences.map(({ text, subject, numbers }, index) => {
    const first = text.startsWith("{S}");
    const link = first && index > 0 && chance(random, 0.3) ? pick(random, LINKS) : "";
    const { name, pronoun } = cast[subject];
    const short = pronouns && first && named === subject && chance(random, 0.4);
    named = first ? subject : null;
    const gaps: Readonly<Record<string, string>> = {
      S: !short ? name : link === "" ? capital(pronoun) : pronoun,
      H: hero.name,
      F: friend.name,
      O: subject === "other" ? another.name : pick(random, [other, another]).name,
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
