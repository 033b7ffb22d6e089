/**
 * How often the intervals of lib/statistics hold the truth: `npx tsx test/tools/interval_coverage.ts [EXPERIMENTS [RUNS]]`. Its table is the one in
 * lib/statistics/COVERAGE.md. Runs are made of which the true difference is known, each is compared, and the intervals that hold it are
 * counted; beside them the percentile bootstrap over examples and prompts, which stood here before.
 *
 * @module
 */
import { argv } from "node:process";
import { normalTwoSided } from "../../lib/statistics/distribution.ts";
import { comparePaired, type Interval, mcnemar, shown, tango } from "../../lib/statistics/mod.ts";

const EXPERIMENTS = Number(argv[2] ?? 2000);
const RESAMPLES = 400;

/** Mulberry32: uniform in [0, 1). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6D2B79F5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = generator(1);
/** Standard normal (Box and Muller). */
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** A setting: an example is won or lost with these chances, which vary by prompt and by example with these deviations. */
interface Setting {
  readonly prompts: number;
  readonly n: number;
  readonly won: number;
  readonly lost: number;
  /** Of the difference between prompts. */
  readonly between: number;
  /** Share of the examples on which the arms can differ at all: below 1, the same ones do under every prompt. */
  readonly hard: number;
  /** Whether an example turns out alike under every prompt, but for their difference. */
  readonly alike?: boolean;
}

/** Probability that a standard normal variable is below z. */
const cumulative = (z: number) => z < 0 ? normalTwoSided(z) / 2 : 1 - normalTwoSided(z) / 2;

const clip = (p: number) => Math.min(1, Math.max(0, p));

/**
 * One run. Three truths: the difference under its own prompts over all examples there could be, that of its examples over all prompts,
 * and that over both.
 */
function experiment({ prompts, n, won, lost, between, hard, alike }: Setting) {
  const shifts = Array.from({ length: prompts }, () => between * normal());
  // the chance of being won moves by the shift, within what the chances of winning and losing allow
  const chances = shifts.map((shift) => {
    const difference = Math.min(1 - lost, Math.max(-lost, won - lost + shift));
    return { won: clip(difference + lost), lost };
  });
  const fate = Array.from({ length: n }, () => random());
  const isHard = Array.from({ length: n }, () => random() < hard);
  const arm = chances.map(() => new Array<boolean>(n));
  const against = chances.map(() => new Array<boolean>(n));
  chances.forEach((chance, prompt) => {
    for (let example = 0; example < n; example++) {
      const draw = isHard[example] ? (alike ? fate[example]! : random()) * hard : 1;
      const [first, second] = draw < chance.won
        ? [true, false]
        : draw < chance.won + chance.lost
        ? [false, true]
        : [true, true];
      arm[prompt]![example] = first;
      against[prompt]![example] = second;
    }
  });
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const overall = won - lost;
  return {
    arm,
    against,
    theseTruth: mean(chances.map((chance) => chance.won - chance.lost)),
    // where examples are alike under all prompts, the draw of each is given
    newTruth: alike
      ? mean(fate.map((each) => {
        const below = (edge: number) => cumulative((each - edge) / between);
        return 1 - below(won) - (below(won) - below(won + lost));
      }))
      : overall * mean(isHard.map(Number)) / hard,
    bothTruth: overall,
  };
}

/** The percentile bootstrap over examples and prompts. */
function bootstrap(differences: readonly (readonly number[])[]): Interval {
  const [prompts, n] = [differences.length, differences[0]!.length];
  const below = (count: number) => Math.floor(random() * count);
  const means = Array.from({ length: RESAMPLES }, () => {
    const drawn = Array.from({ length: prompts }, () => differences[below(prompts)]!);
    let sum = 0;
    for (let draw = 0; draw < n; draw++) {
      const example = below(n);
      for (const row of drawn) sum += row[example]!;
    }
    return sum / (n * prompts);
  }).sort((a, b) => a - b);
  return [means[Math.floor(0.025 * RESAMPLES)]!, means[Math.ceil(0.975 * RESAMPLES) - 1]!];
}

const holds = ([low, high]: Interval, truth: number) =>
  low <= truth + 1e-12 && truth - 1e-12 <= high;

const SETTINGS: readonly (Setting & { readonly about: string })[] = [
  ...[5, 12, 40, 200].map((n) => ({ about: "one prompt", prompts: 1, n })),
  ...[3, 5, 8].flatMap((prompts) =>
    [12, 40, 200].map((n) => ({ about: "prompts alike", prompts, n }))
  ),
].map((each) => ({ ...each, won: 0.15, lost: 0.1, between: 0, hard: 1 }));

const MORE: typeof SETTINGS = [
  ...[5, 12, 40].map((n) => ({
    about: "one prompt, rarely differs",
    prompts: 1,
    n,
    won: 0.03,
    lost: 0.02,
    between: 0,
    hard: 1,
  })),
  ...[3, 5, 8].map((prompts) => ({
    about: "rarely differs",
    prompts,
    n: 12,
    won: 0.03,
    lost: 0.02,
    between: 0,
    hard: 1,
  })),
  ...[3, 5, 8].map((prompts) => ({
    about: "prompts differ",
    prompts,
    n: 200,
    won: 0.2,
    lost: 0.1,
    between: 0.05,
    hard: 1,
  })),
  ...[3, 5, 8].map((prompts) => ({
    about: "prompts differ, same hard examples",
    prompts,
    n: 200,
    won: 0.2,
    lost: 0.1,
    between: 0.05,
    hard: 0.5,
  })),
  ...[3, 5, 8].map((prompts) => ({
    about: "same hard examples",
    prompts,
    n: 40,
    won: 0.15,
    lost: 0.1,
    between: 0,
    hard: 0.3,
  })),
  ...[3, 5, 8].map((prompts) => ({
    about: "prompts differ much",
    prompts,
    n: 200,
    won: 0.4,
    lost: 0.25,
    between: 0.15,
    hard: 1,
  })),
  ...[3, 5, 8].map((prompts) => ({
    about: "examples alike under all prompts",
    prompts,
    n: 40,
    won: 0.15,
    lost: 0.1,
    between: 0.01,
    hard: 1,
    alike: true,
  })),
];

const rows = [...SETTINGS, ...MORE].filter(({ about }) => about.includes(argv[3] ?? "")).map(
  (setting) => {
    const counts = { these: 0, fresh: 0, both: 0, old: 0, oldHere: 0, claims: 0 };
    for (let at = 0; at < EXPERIMENTS; at++) {
      const { arm, against, theseTruth, newTruth, bothTruth } = experiment(setting);
      const { interval, newPrompts } = comparePaired(arm, against);
      const differences = arm.map((row, prompt) =>
        row.map((right, example) => Number(right) - Number(against[prompt]![example]))
      );
      const old = bootstrap(differences);
      counts.these += Number(holds(interval!, theseTruth));
      counts.fresh += Number(newPrompts !== null && holds(newPrompts.interval, newTruth));
      counts.both += Number(newPrompts !== null && holds(newPrompts.interval, bothTruth));
      counts.oldHere += Number(holds(old, theseTruth));
      counts.old += Number(holds(old, bothTruth));
    }
    const share = (count: number) => (100 * count / EXPERIMENTS).toFixed(1);
    const { about, prompts, n } = setting;
    const one = prompts === 1;
    return [
      about,
      prompts,
      n,
      share(counts.these),
      share(counts.oldHere),
      one ? "" : share(counts.fresh),
      one ? "" : share(counts.both),
      one ? "" : share(counts.old),
    ];
  },
);

/** Runs of no difference in which one is claimed: exact, over all tables of one prompt. */
function falseClaims(n: number, differing: number): number {
  let probability = 0;
  const logFactorial = Array.from({ length: n + 1 }, () => 0);
  for (let i = 2; i <= n; i++) logFactorial[i] = logFactorial[i - 1]! + Math.log(i);
  for (let b = 0; b <= n; b++) {
    for (let c = 0; b + c <= n; c++) {
      if (shown(tango(b, c, n), mcnemar(b, c)) === "not shown") continue;
      const rest = n - b - c;
      probability += Math.exp(
        logFactorial[n]! - logFactorial[b]! - logFactorial[c]! - logFactorial[rest]! +
          (b + c) * Math.log(differing / 2) + rest * Math.log(1 - differing),
      );
    }
  }
  return probability;
}

const TITLES = [
  "runs",
  "prompts",
  "examples",
  "for these prompts",
  "bootstrap, these prompts",
  "for new prompts",
  "its interval, new prompts and examples",
  "bootstrap, new prompts and examples",
];
const line = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;
console.log([line(TITLES), line(TITLES.map(() => "---")), ...rows.map(line)].join("\n"));
console.log(
  "\nClaims where there is no difference, one prompt: " +
    [12, 40, 120].map((n) =>
      [0.1, 0.3].map((differing) =>
        `${n} examples, ${100 * differing} % differ: ${
          (100 * falseClaims(n, differing)).toFixed(2)
        } %`
      ).join("; ")
    ).join("; "),
);
