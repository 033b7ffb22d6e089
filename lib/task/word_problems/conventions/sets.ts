/**
 * The benchmark: sets of problems that share no question.
 *
 * @module
 */
import { chance, make, pick, type Random } from "../random.ts";
import { CONVENTIONAL, type ConventionalName, DOMAINS } from "./domains.ts";
import { draw, type DrawOptions, type Problem } from "./problem.ts";

/** Seed of the benchmark whose problems a model must not be trained on. */
export const BENCHMARK_SEED = 0;

/** The names of the sets. */
export type SetName = "train" | "devA" | "devB" | "devC" | "test";

/** The problems of each set. */
export type Benchmark = Readonly<Record<SetName, readonly Problem[]>>;

/** How often each sort of problem comes. */
export interface Shares {
  /** Nothing is taken for granted. */
  readonly plain: number;
  /** A convention holds, and no rule is stated. */
  readonly taught: number;
  /** A sentence denies it. */
  readonly denied: number;
}

/** What a prompt is tuned on: conventions that hold though nothing states them. */
export const TUNING: Shares = { plain: 0.25, taught: 0.75, denied: 0 };

/** What it is asked. */
export const ASKED: Shares = { plain: 0.18, taught: 0.44, denied: 0.38 };

/** The share of taught problems in which a sentence suggests the convention. */
const SUGGESTED = 0.3;

/** The sets in the order in which they are drawn. */
export const SETS: Readonly<Record<SetName, { readonly rows: number; readonly shares: Shares }>> = {
  train: { rows: 2000, shares: TUNING },
  devA: { rows: 1000, shares: ASKED },
  devB: { rows: 1000, shares: ASKED },
  devC: { rows: 1000, shares: ASKED },
  test: { rows: 1000, shares: ASKED },
};

/**
 * Draws the benchmark.
 *
 * @param seed any integer; equal seeds give equal benchmarks
 */
export function benchmark(seed: number): Benchmark {
  const seen = new Set<string>();
  const entries = Object.entries(SETS).map(([name, { rows, shares }], index) => {
    // each set has chance of its own, so that one can be drawn longer without changing the others
    const random = make(seed * 16 + index);
    const problems: Problem[] = [];
    while (problems.length < rows) {
      const problem = draw(random, options(random, shares));
      if (seen.has(problem.question)) continue;
      seen.add(problem.question);
      problems.push(problem);
    }
    return [name, problems] as const;
  });
  return Object.fromEntries(entries) as unknown as Benchmark;
}

/** Rows of the set of one part. */
const PART_ROWS = 1000;

/** In the set of a part: its own convention holds, and no other does, whatever the story is about. */
const PART = { own: 0.5, plain: 0.15 } as const;

/** What each part of a prompt is tuned on by itself: authors who take one convention for granted, and no other. */
export function partSets(seed: number): Readonly<Record<ConventionalName, readonly Problem[]>> {
  const taken = questions(benchmark(seed));
  const sets = CONVENTIONAL.map((own, index) => {
    const random = make(seed * 16 + Object.keys(SETS).length + index);
    const domainOf = (sort: number) =>
      sort < PART.own
        ? own
        : sort < PART.own + PART.plain
        ? "plain"
        : pick(random, CONVENTIONAL.filter((other) => other !== own));
    const problems: Problem[] = [];
    while (problems.length < PART_ROWS) {
      const domain = domainOf(random.number());
      const among = domain === "plain" ? [] : suggestion(random, domain);
      const problem = draw(random, { domain, among, holds: domain === own, kind: domain });
      if (!taken.has(problem.question)) problems.push(problem);
    }
    return [own, problems] as const;
  });
  return Object.fromEntries(sets) as unknown as Record<ConventionalName, readonly Problem[]>;
}

/** At times a sentence that suggests the convention. */
const suggestion = (random: Random, domain: ConventionalName): readonly string[] =>
  chance(random, SUGGESTED) ? [pick(random, DOMAINS[domain].convention.hints).text] : [];

function options(random: Random, { plain, taught, denied }: Shares): DrawOptions {
  const sort = random.number() * (plain + taught + denied);
  if (sort < plain) return { domain: "plain", holds: false, kind: "plain" };
  const domain = pick(random, CONVENTIONAL);
  if (sort < plain + taught) {
    return { domain, among: suggestion(random, domain), holds: true, kind: `${domain} taught` };
  }
  const { text } = pick(random, DOMAINS[domain].convention.denials);
  return { domain, among: [text], holds: false, kind: `${domain} denied` };
}

/** The questions of a benchmark: what pre-training must not see. */
export function questions(benchmark: Benchmark): ReadonlySet<string> {
  return new Set(Object.values(benchmark).flatMap((rows) => rows.map(({ question }) => question)));
}
