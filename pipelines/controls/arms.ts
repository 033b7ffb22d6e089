/**
 * What arms would give whose thresholds, triggers and positions are chosen on other rows: every choice for an example is made on the folds
 * that it is not in (nested cross-validation), from answers that were generated once.
 *
 * @module
 */
import { Either, Option } from "effect";
import { doubtAround, oneStandardErrorRule, tuneThreshold } from "../../lib/arm/mod.ts";
import {
  Corruption,
  type Passes,
  type ProbeName,
  probes,
  SALIENCY,
  splitProbe,
  Trigger,
} from "../../lib/dpc/mod.ts";
import { crossValidatedChoices, foldsOf } from "../../lib/learn/mod.ts";
import { type Evidence, map, type Table } from "./evidence.ts";

/** What an arm makes of one example. */
export interface Outcome {
  readonly correct: boolean;
  /** Whether there is a second answer. */
  readonly corrected: boolean;
  /** Generated, both answers'. */
  readonly tokens: number;
  /** Passes forward and back that it took beside the answers. */
  readonly gradients: number;
  /** Passes forward alone. */
  readonly forwards: number;
}

/** An arm over all examples. */
export type Outcomes = Table<Outcome>;

/** Which answers are corrected. */
type Fired = Table<boolean>;

const FOLDS = 5;
/** Columns of shares of a position: over shallow, all and deep layers. */
const SHARES = 3;

/** The scores that the method's own trigger is chosen among, the paper's first. */
const OWN = [
  "affectedRatio (sum)",
  "lateFlow (sum)",
  "lateFlowMaximum (sum)",
  "accumulationShare",
  "lowestConfidence",
  "meanConfidence",
];

/** Arms made of the evidence. */
export function makeArms(evidence: Evidence) {
  const { examples, prompts, scores } = evidence;
  const arms = { ...evidence.arms };
  const foldOf = foldsOf(examples.length, FOLDS);
  const folds = Array.from({ length: FOLDS }, (_, fold) => fold);
  const all = examples.map((_, e) => e);
  const first = arms["pt"]!;
  const own = OWN.filter((name) => name in scores);

  /** A value for each fold of each prompt, made of the other folds' examples, [prompts][folds]. */
  const perFold = <A>(make: (prompt: number, others: readonly number[]) => A): Table<A> =>
    prompts.map((_, p) => folds.map((fold) => make(p, all.filter((e) => foldOf[e] !== fold))));

  const table = <A>(of: (prompt: number, example: number) => A): Table<A> =>
    prompts.map((_, p) => all.map((e) => of(p, e)));

  /** What a trigger and a corruption make of some examples of a prompt. */
  const scored = (p: number, rows: readonly number[], score: string, corruption: string) =>
    rows.map((e) => ({
      score: scores[score]![p]![e]!,
      first: first[p]![e]!.correct,
      second: arms[`always/${corruption}`]![p]![e]!.correct,
    }));

  /** Which trigger and corruption other rows prefer, with its threshold. */
  const preferred = (triggers: readonly string[], corruptions: readonly string[], cheap: boolean) =>
    perFold((p, others) => {
      const candidates = triggers.flatMap((score) =>
        corruptions.map((corruption) => ({
          score,
          corruption,
          ...tuneThreshold(scored(p, others, score, corruption), FOLDS),
        }))
      );
      return cheap
        ? oneStandardErrorRule(candidates)
        : candidates.reduce((a, b) => b.accuracy > a.accuracy ? b : a);
    });

  /** The answers that the preferred triggers correct. */
  const firedBy = (choice: ReturnType<typeof preferred>): Fired =>
    table((p, e) => {
      const { score, threshold } = choice[p]![foldOf[e]!]!;
      return scores[score]![p]![e]! > threshold;
    });

  /** What an arm measures of an answer: what its trigger reads and, where it fires, its corruption. */
  const measured = (fired: boolean, score: string | undefined, corruption: string): Passes => {
    const read = new Set([...triggerReads(score), ...fired ? corruptionReads(corruption) : []]);
    const each = [...read].map((name) => probes.entries[name].passes(evidence.virtualTokens));
    return {
      gradients: each.reduce((sum, { gradients }) => sum + gradients, 0),
      forwards: each.reduce((sum, { forwards }) => sum + forwards, 0),
    };
  };

  /** The answer under a corruption where it is fired, and the first elsewhere. */
  const where = (
    fired: Fired,
    corruptionOf: (prompt: number, example: number) => string,
    scoreOf: (prompt: number, example: number) => string | undefined,
  ): Outcomes =>
    table((p, e) => {
      const corruption = corruptionOf(p, e);
      const score = scoreOf(p, e);
      const corrected = fired[p]![e]!;
      const { correct, tokens } = (corrected ? arms[`always/${corruption}`]! : first)[p]![e]!;
      // answers that the trigger compares with are generated for all
      const compared = score === "disagreementBase" ? arms["base"]![p]![e]!.tokens : 0;
      const whole = score === "disagreement"
        ? Math.max(tokens, arms["always/accumulated"]![p]![e]!.tokens)
        : tokens + compared;
      return { ...measured(corrected, score, corruption), correct, corrected, tokens: whole };
    });

  const chosen = (choice: ReturnType<typeof preferred>): Outcomes =>
    where(
      firedBy(choice),
      (p, e) => choice[p]![foldOf[e]!]!.corruption,
      (p, e) => choice[p]![foldOf[e]!]!.score,
    );

  const positionName = (j: number) => `position(${j})`;
  // each position of the prompt in its order, or none
  const every = Array.from(
    { length: evidence.virtualTokens },
    (_, j) => `always/${positionName(j)}`,
  );
  const positions = every.every((name) => name in arms) ? every : [];

  /** The most frequent j* of other rows, and the position whose corruption is best there. */
  const statics = positions.length === 0 ? undefined : {
    static: perFold((p, others) =>
      mostOften(others.flatMap((e) => arms["always/accumulated"]![p]![e]!.positions))
    ),
    staticBest: perFold((p, others) => {
      const right = positions.map((name) =>
        others.filter((e) => arms[name]![p]![e]!.correct).length
      );
      return right.indexOf(Math.max(...right));
    }),
  };

  // as arms of their own: the position of each example is that of the other folds
  for (const [name, position] of Object.entries(statics ?? {})) {
    arms[`always/${name}`] = table((p, e) =>
      arms[`always/${positionName(position[p]![foldOf[e]!]!)}`]![p]![e]!
    );
  }

  /** Every option first once, as the first is taken in doubt. */
  const rotated = (features: readonly (readonly number[])[], count: number) =>
    Array.from({ length: count }, (_, first) => ({
      features,
      options: Array.from({ length: count }, (_, i) => (first + i) % count),
    }));

  /** Where a logistic model of the shares of the flow and of the prompt's positions would correct. */
  const learned = positions.length === 0 || evidence.shares === undefined
    ? undefined
    : prompts.map((_, p) =>
      crossValidatedChoices({
        candidates: rotated(evidence.shares![p]!, positions.length),
        right: positions.map((name) => arms[name]![p]!.map(({ correct }) => correct)),
      }, { components: SHARES * positions.length })
    );

  /** The same with keeping the first answer as an option, by scores of the answer too. */
  const keepOrCorrect = learned === undefined
    ? undefined
    : prompts.map((_, p) =>
      crossValidatedChoices({
        candidates: rotated(
          all.map((e) => [
            ...evidence.shares![p]![e]!,
            ...["length", ...own].map((name) => scores[name]![p]![e]!),
          ]),
          positions.length + 1,
        ),
        right: [first, ...positions.map((name) => arms[name]!)].map((arm) =>
          arm[p]!.map(({ correct }) => correct)
        ),
      })
    );

  return {
    evidence,
    own,
    corruptions: Object.keys(arms).flatMap((name) =>
      name.startsWith("always/") ? [name.slice("always/".length)] : []
    ),
    learned: learned && ((p: number, e: number) => positionName(learned[p]![e]!)),
    keepOrCorrect: keepOrCorrect && where(
      map(keepOrCorrect, (option) => option > 0),
      (p, e) => positionName(Math.max(0, keepOrCorrect[p]![e]! - 1)),
      () => "lateFlow (sum)",
    ),
    preferred,
    firedBy,
    scoreOf: (choice: ReturnType<typeof preferred>) => (p: number, e: number): string =>
      choice[p]![foldOf[e]!]!.score,
    chosen,
    where,
    always: table(() => true),
    /** The cheap trigger where it is not in doubt and the costly one there, correcting at the static position. */
    cascade: (cheap: string, costly: string): Outcomes => {
      const choice = perFold((p, others) => {
        const rows = scored(p, others, cheap, "static");
        return {
          doubt: doubtAround(rows, tuneThreshold(rows, FOLDS).threshold),
          threshold: tuneThreshold(scored(p, others, costly, "static"), FOLDS).threshold,
        };
      });
      return table((p, e) => {
        const { doubt: [low, high], threshold } = choice[p]![foldOf[e]!]!;
        const score = scores[cheap]![p]![e]!;
        const doubtful = score > low && score <= high;
        const corrected = doubtful ? scores[costly]![p]![e]! > threshold : score > high;
        const { correct, tokens } = (corrected ? arms["always/static"]! : first)[p]![e]!;
        return { correct, corrected, tokens, gradients: Number(doubtful), forwards: 0 };
      });
    },
    /** As many of each prompt's answers as are fired, drawn by the shuffle of folds. */
    atRandom: (fired: Fired): Fired => {
      const order = foldsOf(examples.length, examples.length, 1);
      return fired.map((row) => {
        const count = row.filter(Boolean).length;
        return row.map((_, e) => order[e]! < count);
      });
    },
    answer: (name: string): Outcomes =>
      map(arms[name]!, ({ correct, tokens }) => ({
        correct,
        tokens,
        corrected: false,
        gradients: 0,
        forwards: 0,
      })),
    oracle: (names: readonly string[]): Outcomes =>
      table((p, e) => {
        const cells = names.map((name) => arms[name]![p]![e]!);
        const { correct, tokens } = cells.find(({ correct }) => correct) ?? cells[0]!;
        return { correct, tokens, corrected: false, gradients: 0, forwards: 0 };
      }),
    positions,
  };
}

/** The probe that a trigger reads, if any. */
const triggerReads = (score: string | undefined): readonly ProbeName[] => {
  if (score === undefined) return [];
  const { reader, probe } = splitProbe(score);
  if (probe !== undefined) return [probe as ProbeName];
  const entry = Trigger.registry.entries[reader.split(" ")[0]!];
  const reads = entry !== undefined && (reader === "disagreement" || Trigger.readsFlow(entry));
  return reads ? ["saliency"] : [];
};

/** The probe that a corruption reads, if any. */
const corruptionReads = (name: string): readonly ProbeName[] => {
  const made = Either.map(
    Corruption.find(name),
    ({ make }) => make({ seed: 0, positions: { frequent: 0, best: 0 } }),
  );
  const { needsSaliency = false, probe = SALIENCY } =
    Option.getOrUndefined(Either.getRight(made)) ??
      {};
  return needsSaliency ? [probe.name] : [];
};

/** The number that occurs most often, of equals the smallest; 0 of none. */
function mostOften(numbers: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)! || a - b)[0] ?? 0;
}
