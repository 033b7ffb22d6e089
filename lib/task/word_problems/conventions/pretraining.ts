/**
 * The text that a model of the conventions is pre-trained on: arithmetic drills, and problems with their chain of thought. Here
 * a convention holds only where a rule or a hint says so; where a sentence denies what a rule states, authors disagree.
 *
 * @module
 */
import { step } from "../operations.ts";
import { between, chance, pick, type Random, sample } from "../random.ts";
import type { Convention } from "./domain.ts";
import { CONVENTIONAL, type DomainName, DOMAINS } from "./domains.ts";
import { draw, type DrawOptions, LARGEST_COUNT } from "./problem.ts";

/** One text: what is given, and what follows it. */
export interface PretrainingText {
  /** The question and a line break; empty for a drill. */
  readonly prompt: string;
  /** What a model learns to write. */
  readonly completion: string;
}

/** What the text is made of. */
export interface Mixture {
  /** The share of drills. */
  readonly drills: number;
  /** The share of plain stories among the problems. */
  readonly plain: number;
  /** How often each domain's rule is stated, whatever the story is about. */
  readonly stated: number;
  /** The share of rules that stand before the story. */
  readonly before: number;
  /** How often a sentence denies the convention, where its rule is stated and where not. */
  readonly denied: { readonly withRule: number; readonly without: number };
  /** How often a sentence suggests it where no rule is stated and nothing denies it. */
  readonly suggested: number;
}

/** The mixture that made the model. */
export const MIXTURE: Mixture = {
  drills: 0.02,
  plain: 0.16,
  stated: 0.45,
  before: 0.7,
  denied: { withRule: 0.4, without: 0.2 },
  suggested: 0.25,
};

/**
 * Texts without end.
 *
 * @param random the source of chance; setting its state continues the texts exactly
 * @param options the mixture, and the questions that must not occur, such as those of a benchmark
 */
export function* pretrainingTexts(
  random: Random,
  { mixture, without }: { readonly mixture: Mixture; readonly without: ReadonlySet<string> },
): Generator<PretrainingText, never> {
  while (true) {
    if (chance(random, mixture.drills)) {
      yield { prompt: "", completion: drill(random) };
      continue;
    }
    const { question, answer } = draw(random, options(random, mixture));
    if (!without.has(question)) yield { prompt: `${question}\n`, completion: answer };
  }
}

function options(random: Random, mixture: Mixture): DrawOptions {
  const domain: DomainName = chance(random, mixture.plain) ? "plain" : pick(random, CONVENTIONAL);
  const stated = CONVENTIONAL.filter(() => chance(random, mixture.stated));
  const rules = sample(random, stated, stated.length)
    .map((name) => pick(random, DOMAINS[name].convention.rules));
  const own = domain === "plain" ? undefined : DOMAINS[domain].convention;
  const { holds, said } = own === undefined
    ? { holds: false, said: [] }
    : settle(random, own, { mixture, isStated: stated.includes(domain as never) });
  const isBefore = chance(random, mixture.before);
  return {
    domain,
    before: isBefore ? rules : [],
    among: isBefore ? said : [...rules, ...said],
    holds,
    kind: domain,
  };
}

/** What else is said about a convention, and whether it holds. */
function settle(
  random: Random,
  { denials, hints }: Convention,
  { mixture, isStated }: { readonly mixture: Mixture; readonly isStated: boolean },
): { readonly holds: boolean; readonly said: readonly string[] } {
  const { withRule, without } = mixture.denied;
  if (chance(random, isStated ? withRule : without)) {
    const { text, holds } = pick(random, denials);
    return { holds: isStated && chance(random, holds), said: [text] };
  }
  if (isStated || !chance(random, mixture.suggested)) return { holds: isStated, said: [] };
  const { text, holds } = pick(random, hints);
  return { holds: chance(random, holds), said: [text] };
}

/** Equations of a drill. */
const EQUATIONS = 8;

/** Equations alone, of numbers as they occur in problems. */
function drill(random: Random): string {
  return Array.from({ length: EQUATIONS }, () => equation(random)).join("\n");
}

function equation(random: Random): string {
  const made = pick(random, [
    () => {
      const x = between(random, 2, LARGEST_COUNT - 2);
      return step(x, "+", between(random, 1, LARGEST_COUNT - x));
    },
    () => {
      const x = between(random, 5, LARGEST_COUNT);
      return step(x, "-", between(random, 2, Math.min(20, x - 3)));
    },
    () => step(between(random, 2, 6), "*", between(random, 2, 9)),
    () => step(between(random, 3, LARGEST_COUNT), "*", 2),
  ])();
  return `${made.left}${made.sign}${made.right}=${made.result}`;
}
