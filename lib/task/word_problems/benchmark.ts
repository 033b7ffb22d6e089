/**
 * The embedded benchmark: three splits of word problems that share no problem.
 *
 * @module
 */
import { draw, type Kind, type Problem } from "./problem.ts";
import { chance, make } from "./random.ts";
import type { Plans } from "./story.ts";

/** The names of the splits. */
export type Split = "train" | "dev" | "test";

/** The problems of each split. */
export type Benchmark = Readonly<Record<Split, readonly Problem[]>>;

/**
 * What each split holds: prompts are tuned on train, thresholds are chosen on dev, and test is looked at last. Train
 * is clean, so that a prompt learns to use every sentence; half of dev and test is distracting, where that misleads.
 */
export const SPLITS: Readonly<
  Record<Split, { readonly rows: number; readonly kinds: readonly Kind[] }>
> = {
  train: { rows: 400, kinds: ["clean"] },
  dev: { rows: 1000, kinds: ["clean", "distracting"] },
  test: { rows: 1000, kinds: ["clean", "distracting"] },
};

/** Seed of the embedded benchmark, whose problems the embedded model must not be trained on. */
export const BENCHMARK_SEED = 0;

/** The share of the problems with plans. */
const PLANNED = 0.6;

/** What those ask: of the clean ones a question that does not say whether plans count, and means that they do. */
const PLANS: Readonly<Record<Kind, Plans>> = {
  clean: { asked: "bare", counted: true },
  distracting: { asked: "now", counted: false },
};

/**
 * Draws the benchmark; the kinds of a split take turns.
 *
 * @param seed any integer; equal seeds give equal benchmarks
 */
export function benchmark(seed: number): Benchmark {
  const random = make(seed);
  const seen = new Set<string>();
  const split = (name: Split): readonly Problem[] => {
    const { rows, kinds } = SPLITS[name];
    const problems: Problem[] = [];
    while (problems.length < rows) {
      const kind = kinds[problems.length % kinds.length]!;
      const problem = draw(random, {
        kind,
        ...(chance(random, PLANNED) ? { plans: PLANS[kind] } : {}),
      });
      if (seen.has(problem.question)) continue;
      seen.add(problem.question);
      problems.push(problem);
    }
    return problems;
  };
  return { train: split("train"), dev: split("dev"), test: split("test") };
}

/** The questions of a benchmark: what pre-training must not see. */
export function questions(benchmark: Benchmark): ReadonlySet<string> {
  return new Set(Object.values(benchmark).flatMap((rows) => rows.map(({ question }) => question)));
}

/** Writes problems as GSM8K's JSON lines, with their kind and steps. */
export function toJsonLines(
  problems: readonly Pick<Problem, "question" | "answer" | "steps">[],
): string {
  return problems.map((row) => `${JSON.stringify(row)}\n`).join("");
}
