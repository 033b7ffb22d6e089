/**
 * One problem: a story of a domain, told, with its chain of thought. Where the convention of its domain holds, that is the
 * last step.
 *
 * @module
 */
import { GROUPS, PEOPLE, type Person } from "../lexicon.ts";
import { groups, type Numbers, type Step, step } from "../operations.ts";
import { between, chance, pick, type Random, sample } from "../random.ts";
import type { Domain } from "./domain.ts";
import { type DomainName, DOMAINS, FILLERS } from "./domains.ts";

/** A problem in GSM8K's format, with its kind and the number of lines of its chain of thought. */
export interface Problem {
  /** The story and what is asked. */
  readonly question: string;
  /** The chain of thought, one equation a line, and `#### n` on the last line. */
  readonly answer: string;
  /** The domain, and what is said about its convention. */
  readonly kind: string;
  /** Lines of the chain of thought before the answer. */
  readonly steps: number;
}

/** What is told beside the story. */
export interface DrawOptions {
  /** What the story is about. */
  readonly domain: DomainName;
  /** Sentences before the story. */
  readonly before?: readonly string[];
  /** Sentences anywhere after the first one of the story. */
  readonly among?: readonly string[];
  /** Whether the convention is the last step. */
  readonly holds: boolean;
  /** The kind that the problem is counted under. */
  readonly kind: string;
}

/** The largest count before a convention: doubled, it still has two digits. */
export const LARGEST_COUNT = 49;

/**
 * Equations before a convention. Two or three put its step into the latter half of the chain of thought; one, which puts it into
 * the former half, is rare.
 */
const COUNTED = { most: 3, oneIsKept: 0.3 } as const;

/** The share of problems with a sentence that changes nothing. */
const FILLED = 0.4;

interface Sentence {
  readonly text: string;
  readonly numbers: Numbers;
}

interface Story {
  readonly sentences: readonly Sentence[];
  readonly steps: readonly Step[];
}

/** Draws one problem; equal states of the source of chance give equal problems. */
export function draw(random: Random, options: DrawOptions): Problem {
  const domain: Domain = DOMAINS[options.domain];
  let story = attempt(random, domain);
  while (story === null) story = attempt(random, domain);
  const [first, ...rest] = story.sentences;
  const among = [
    ...(options.among ?? []),
    ...(chance(random, FILLED) ? [pick(random, FILLERS)] : []),
  ];
  for (const text of among) {
    const numbers = { k: between(random, 5, 30), m: 0 };
    rest.splice(between(random, 0, rest.length), 0, { text, numbers });
  }
  const before = (options.before ?? []).map((text) => ({ text, numbers: NONE }));
  const question = { text: pick(random, domain.questions), numbers: NONE };
  const counted = story.steps.at(-1)!.result;
  const steps = options.holds ? [...story.steps, domain.convention!.step(counted)] : story.steps;
  return {
    question: tell(random, domain, [...before, first!, ...rest, question]),
    answer: [
      ...steps.map(({ left, sign, right, result }) => `${left}${sign}${right}=${result}`),
      `#### ${steps.at(-1)!.result}`,
    ].join("\n"),
    kind: options.kind,
    steps: steps.length,
  };
}

const NONE: Numbers = { k: 0, m: 0 };

/** A story with as many equations as {@linkcode COUNTED} allows, or null where the draws lead to none. */
function attempt(random: Random, { opening, more, less }: Domain): Story | null {
  const sentences: Sentence[] = [];
  const steps: Step[] = [];
  let x: number;
  if (chance(random, 0.3)) {
    const numbers = groups(random, 30)!;
    sentences.push({ text: pick(random, opening.groups), numbers });
    steps.push(eitherWay(random, step(numbers.k, "*", numbers.m)));
    x = numbers.k * numbers.m;
  } else {
    x = between(random, 4, 30);
    sentences.push({ text: pick(random, opening.one), numbers: { k: x, m: 0 } });
  }
  for (let events = between(random, 1, 2); events > 0; events--) {
    const numbers = { k: between(random, 2, 20), m: 0 };
    if (chance(random, 0.35)) {
      if (x - numbers.k < 3) return null;
      sentences.push({ text: pick(random, less), numbers });
      steps.push(step(x, "-", numbers.k));
    } else if (chance(random, 0.2)) {
      const several = groups(random, 20)!;
      sentences.push({ text: pick(random, more.groups), numbers: several });
      const product = several.k * several.m;
      steps.push(
        eitherWay(random, step(several.k, "*", several.m)),
        eitherWay(random, step(x, "+", product)),
      );
    } else {
      sentences.push({ text: pick(random, more.one), numbers });
      steps.push(eitherWay(random, step(x, "+", numbers.k)));
    }
    x = steps.at(-1)!.result;
    if (x > LARGEST_COUNT) return null;
  }
  const fits = steps.length === 1
    ? chance(random, COUNTED.oneIsKept)
    : steps.length <= COUNTED.most;
  return fits ? { sentences, steps } : null;
}

/** Authors write sums and products in either order, so that a model is never sure of the first number of a story's equation. */
function eitherWay(random: Random, { left, sign, right }: Step): Step {
  return chance(random, 0.5) ? step(left, sign, right) : step(right, sign, left);
}

/** Tells sentences as one text: casts people, items and places, and says he or she where it is plain. */
function tell(random: Random, domain: Domain, sentences: readonly Sentence[]): string {
  const [hero, other] = sample(random, PEOPLE, 2) as [Person, Person];
  const item = domain.items.length > 0 ? pick(random, domain.items) : "";
  let heroIsNamed = false;
  return sentences.map(({ text, numbers }) => {
    const ofHero = text.startsWith("{S}");
    const short = heroIsNamed && ofHero && chance(random, 0.4);
    // another name or pronoun between would make it unclear
    heroIsNamed = !text.includes("{O}") &&
      (heroIsNamed || text.includes("{S}") || text.includes("{H}"));
    const gaps: Readonly<Record<string, string>> = {
      S: short ? capital(hero.pronoun) : hero.name,
      H: hero.name,
      O: other.name,
      i: domain.questions[0]!.includes("{i}") || domain.items.length === 0
        ? item
        : pick(random, domain.items),
      p: domain.places.length > 0 ? pick(random, domain.places) : "",
      g: pick(random, GROUPS),
      k: String(numbers.k),
      m: String(numbers.m),
    };
    return text.replace(/\{(\w)\}/g, (_, gap: string) => gaps[gap]!);
  }).join(" ");
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
