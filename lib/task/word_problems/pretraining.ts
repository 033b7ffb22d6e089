/**
 * The text that a model of the word problems is pre-trained on: arithmetic drills, problems answered at once, and
 * problems with their chain of thought.
 *
 * @module
 */
import { LARGEST, type Step, step } from "./operations.ts";
import { draw, type DrawOptions } from "./problem.ts";
import { between, chance, pick, type Random, weighted } from "./random.ts";

/** The forms of a pre-training text. */
export type Form = "drill" | "answerAtOnce" | "chainOfThought";

/** One text: what is given, and what follows it. */
export interface PretrainingText {
  /** Its form. */
  readonly form: Form;
  /** The question and a line break; empty for a drill. */
  readonly prompt: string;
  /** What the model learns to write after it. */
  readonly completion: string;
}

/** What the text is made of. */
export interface Mixture {
  /** How often each form comes, by weight. */
  readonly forms: Readonly<Record<Form, number>>;
  /** The share of the problems that hold sentences which do not count. */
  readonly distracting: number;
  /** The share of stories with plans. */
  readonly planned: number;
  /** The share of those whose question does not say whether plans count. */
  readonly bare: number;
  /** The share of those that ask for the count now, but whose answer counts the plans: careless authors. */
  readonly careless: number;
}

/** The mixture that made the embedded model. */
export const MIXTURE: Mixture = {
  forms: { drill: 0.1, answerAtOnce: 0.05, chainOfThought: 0.85 },
  distracting: 0.5,
  planned: 0.5,
  bare: 0.3,
  careless: 0.15,
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
    const form = weighted(random, mixture.forms);
    if (form === "drill") {
      yield { form, prompt: "", completion: equation(drill(random)) };
      continue;
    }
    const problem = draw(random, options(random, mixture));
    if (without.has(problem.question)) continue;
    const completion = form === "chainOfThought"
      ? problem.answer
      : problem.answer.slice(problem.answer.lastIndexOf("####"));
    yield { form, prompt: `${problem.question}\n`, completion };
  }
}

function options(random: Random, mixture: Mixture): DrawOptions {
  const kind = chance(random, mixture.distracting) ? "distracting" : "clean";
  if (!chance(random, mixture.planned)) return { kind };
  if (chance(random, mixture.bare)) {
    return { kind, plans: { asked: "bare", counted: kind === "clean" } };
  }
  if (kind === "clean") return { kind, plans: { asked: "then", counted: true } };
  return { kind, plans: { asked: "now", counted: chance(random, mixture.careless) } };
}

function equation({ left, sign, right, result }: Step): string {
  return `${left}${sign}${right}=${result}`;
}

/** One equation with numbers of up to two digits. */
function drill(random: Random): Step {
  const sign = pick(random, ["+", "-", "*", "/"] as const);
  if (sign === "+") {
    const left = between(random, 2, LARGEST - 2);
    return step(left, sign, between(random, 2, LARGEST - left));
  }
  if (sign === "-") {
    const left = between(random, 3, LARGEST);
    return step(left, sign, between(random, 2, left - 1));
  }
  const small = between(random, 2, 9);
  const other = between(random, 2, Math.floor(LARGEST / small));
  return sign === "*" ? step(small, sign, other) : step(small * other, sign, small);
}
