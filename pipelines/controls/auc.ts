/**
 * How well triggers tell wrong first answers from right ones: areas under the ROC curve within each prompt, their mean weighted by the
 * pairs that each counts, and intervals by resampling questions with all their answers.
 *
 * @module
 */
import { Effect, Random } from "effect";
import { fitLogistic, foldsOf, logOdds } from "../../lib/learn/mod.ts";
import type { Interval } from "../../lib/statistics/mod.ts";
import { type Evidence, map, type Table } from "./evidence.ts";

/** One score. */
export interface AucRow {
  readonly name: string;
  /** Mean of the areas of the prompts; null where no prompt has right and wrong answers. */
  readonly area: number | null;
  readonly interval: Interval | null;
  /** Area minus that of length. */
  readonly overLength: number | null;
  readonly overLengthInterval: Interval | null;
  /** Area by the sum of the loss minus that by the mean; null of a score that is no such pair. */
  readonly overMean: number | null;
  readonly overMeanInterval: Interval | null;
  /** Area of length and this score together, cross-validated, minus that of length alone. */
  readonly added: number | null;
  readonly addedInterval: Interval | null;
}

const FOLDS = 5;
const RESAMPLES = 1000;
/** Of a model of two features, so small that it only keeps the fit finite. */
const RIDGE = 1;

/** Areas of all scores of the evidence, length first. */
export function aucTable(
  { examples, arms, scores }: Evidence,
  resamples = RESAMPLES,
): readonly AucRow[] {
  const wrong = map(arms["pt"]!, ({ correct }) => !correct);
  const { length: lengths, ...others } = scores;
  const names = ["length", ...Object.keys(others)];
  const together = names.map((name) =>
    name === "length" ? undefined : combined([lengths!, scores[name]!], wrong)
  );
  const alone = combined([lengths!], wrong);
  const sorted = (table: Table<number>) => table.map((row, p) => ranked(row, wrong[p]!));
  const [length, control] = [sorted(lengths!), sorted(alone)];
  const each = names.map((name) => sorted(scores[name]!));
  const both = together.map((table) => table && sorted(table));
  const areasOf = (counts: Uint32Array) => {
    const [ofLength, ofControl] = [weightedArea(length, counts), weightedArea(control, counts)];
    return names.map((name, i) => {
      const area = weightedArea(each[i]!, counts);
      const mean = names.indexOf(name.replace("(sum)", "(mean)"));
      const overMean = name.endsWith("(sum)") && mean >= 0
        ? minus(area, weightedArea(each[mean]!, counts))
        : null;
      const added = both[i] === undefined ? null : minus(weightedArea(both[i], counts), ofControl);
      return { area, overLength: minus(area, ofLength), overMean, added };
    });
  };
  const found = areasOf(new Uint32Array(examples.length).fill(1));
  const drawn = resampled(examples.length, resamples).map(areasOf);
  const interval = (i: number, key: "area" | "overLength" | "overMean" | "added") =>
    quantiles(drawn.flatMap((rows) => rows[i]![key] ?? []));
  return names.map((name, i) => ({
    name,
    ...found[i]!,
    interval: interval(i, "area"),
    overLengthInterval: name === "length" ? null : interval(i, "overLength"),
    overMeanInterval: interval(i, "overMean"),
    addedInterval: name === "length" ? null : interval(i, "added"),
  }));
}

const minus = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a - b;

/** Examples by their score. */
interface Ranked {
  /** Their places, the highest score first. */
  readonly order: readonly number[];
  /** Whether the score of each, in that order, is that of the one before. */
  readonly tied: readonly boolean[];
  readonly wrong: readonly boolean[];
}

function ranked(scores: readonly number[], wrong: readonly boolean[]): Ranked {
  const order = scores.map((_, e) => e).sort((a, b) => scores[b]! - scores[a]!);
  const tied = order.map((e, at) => at > 0 && scores[order[at - 1]!] === scores[e]);
  return { order, tied, wrong };
}

/** Mean of the areas of the prompts, each weighted by its pairs of a wrong and a right answer; `counts` is how often each example counts. */
function weightedArea(prompts: readonly Ranked[], counts: Uint32Array): number | null {
  let [won, pairs] = [0, 0];
  for (const { order, tied, wrong } of prompts) {
    // wrong ones above the current score, and wrong and right ones at it
    let [above, wrongHere, rightHere, right] = [0, 0, 0, 0];
    const close = () => {
      won += rightHere * (above + wrongHere / 2);
      above += wrongHere;
      right += rightHere;
      wrongHere = rightHere = 0;
    };
    order.forEach((e, at) => {
      if (!tied[at]) close();
      if (wrong[e]) wrongHere += counts[e]!;
      else rightHere += counts[e]!;
    });
    close();
    pairs += above * right;
  }
  return pairs === 0 ? null : won / pairs;
}

/** Log-odds of "wrong" by a logistic model of several scores, fitted for each prompt on the other folds. */
function combined(features: readonly Table<number>[], wrong: Table<boolean>): Table<number> {
  return wrong.map((labels, p) => {
    const rows = labels.map((_, e) => features.map((table) => table[p]![e]!));
    const foldOf = foldsOf(labels.length, FOLDS);
    const models = Array.from({ length: FOLDS }, (_, fold) => {
      const others = labels.flatMap((_, e) => foldOf[e] === fold ? [] : [e]);
      return fitLogistic(others.map((e) => rows[e]!), others.map((e) => labels[e]!), {
        components: features.length,
        ridge: RIDGE,
      });
    });
    return rows.map((row, e) => logOdds(models[foldOf[e]!]!, row));
  });
}

/** How often each of `count` places is drawn in samples with replacement. */
function resampled(count: number, resamples: number): readonly Uint32Array[] {
  const places = Effect.replicateEffect(
    Random.nextIntBetween(0, count),
    count,
  );
  const samples = Effect.replicateEffect(places, resamples);
  return Effect.runSync(Effect.withRandom(samples, Random.make(0))).map((drawn) => {
    const counts = new Uint32Array(count);
    for (const place of drawn) counts[place]! += 1;
    return counts;
  });
}

/** The 2.5 % and the 97.5 % quantile; null of none. */
function quantiles(values: readonly number[]): Interval | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number) => sorted[Math.round(q * (sorted.length - 1))]!;
  return [at(0.025), at(0.975)];
}
