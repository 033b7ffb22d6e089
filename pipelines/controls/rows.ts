/**
 * The arms that say what a gain comes from, each against `dpc`.
 *
 * @module
 */
import { comparePaired, type PairedComparison } from "../../lib/statistics/mod.ts";
import { makeArms, type Outcome, type Outcomes } from "./arms.ts";
import { type Evidence, map } from "./evidence.ts";

/** An arm and what it gives. */
export interface ControlRow {
  readonly name: string;
  readonly accuracy: number;
  /** Share of the examples with a second answer. */
  readonly corrected: number;
  /** Tokens generated for each example. */
  readonly tokens: number;
  /** Passes forward and back for each example, beside the answers. */
  readonly gradients: number;
  /** Passes forward alone. */
  readonly forwards: number;
  /** Against `dpc`. */
  readonly comparison: PairedComparison;
}

/** The rows of the tables. */
export interface ControlTables {
  /** What the gain comes from. */
  readonly controls: readonly ControlRow[];
  /** Each trigger, with its threshold chosen on other rows, correcting at j*. */
  readonly triggers: readonly ControlRow[];
  /** Every trigger with every corruption, the cheapest first: gradients, then forward passes, then tokens. */
  readonly pairs: readonly ControlRow[];
}

/** Makes the rows; none where the runs do not have the arm always/accumulated. */
export function controlTables(evidence: Evidence): ControlTables {
  if (evidence.arms["always/accumulated"] === undefined) {
    return { controls: [], triggers: [], pairs: [] };
  }
  const arms = makeArms(evidence);
  const { own, corruptions, where, answer, learned } = arms;
  const j = () => "accumulated";
  const choice = arms.preferred(own, ["accumulated"], true);
  const fired = arms.firedBy(choice);
  const dpc = arms.chosen(choice);
  const scoreless = () => undefined;
  const same = (corruptionOf: (p: number, e: number) => string) =>
    where(fired, corruptionOf, scoreOf);
  // the trigger that chose which answers are corrected, whose cost counts
  const scoreOf = arms.scoreOf(choice);
  const against = map(dpc, ({ correct }) => correct);
  const row = ([name, outcomes]: Named): ControlRow => summarise(name, outcomes, against);
  const rules = corruptions.filter((name) => !/^(accumulated$|position\()/.test(name));
  const single = (score: string, corruption: string) =>
    arms.chosen(arms.preferred([score], [corruption], false));
  const scores = Object.keys(evidence.scores).filter((name) => !name.endsWith("(mean)"));
  const oracles: readonly Named[] = [
    ...(evidence.arms["base"] === undefined
      ? []
      : [["oracle: base or pt", arms.oracle(["pt", "base"])] as const]),
    ["oracle: pt or j*", arms.oracle(["pt", "always/accumulated"])],
    ...(arms.positions.length === 0
      ? []
      : [["oracle: pt or any position", arms.oracle(["pt", ...arms.positions])] as const]),
  ];
  const controls: readonly Named[] = [
    ["dpc", dpc],
    ["dpc:affectedRatio", single("affectedRatio (sum)", "accumulated")],
    ["pt", answer("pt")],
    ...(evidence.arms["base"] === undefined ? [] : [["base", answer("base")] as const]),
    ["every answer, j*", where(arms.always, j, scoreless)],
    ["as many at random, j*", where(arms.atRandom(fired), j, scoreless)],
    ...(corruptions.includes("staticBest")
      ? [["every answer, staticBest", where(arms.always, () => "staticBest", scoreless)] as const]
      : []),
    ...(learned === undefined ? [] : [["same answers, learned position", same(learned)] as const]),
    ...rules.map((name) => [`same answers, ${name}`, same(() => name)] as const),
    ...(arms.keepOrCorrect === undefined
      ? []
      : [["learned: keep, or which position", arms.keepOrCorrect] as const]),
    ...(corruptions.includes("static")
      ? CASCADES.filter((names) => names.every((name) => name in evidence.scores)).map(
        ([cheap, costly]) => [`${cheap}~${costly}, static`, arms.cascade(cheap, costly)] as const,
      )
      : []),
    ["best of trigger and corruption", arms.chosen(arms.preferred(scores, corruptions, false))],
    ...oracles,
  ];
  const pairs = scores.flatMap((score) =>
    corruptions.filter((name) => !name.startsWith("position("))
      .map((name) => row([`${score} / ${name}`, single(score, name)]))
  );
  const expense = ({ gradients, forwards, tokens }: ControlRow) =>
    1e6 * gradients + 1e3 * forwards + tokens;
  return {
    controls: controls.map(row),
    triggers: scores.map((score) => row([score, single(score, "accumulated")])),
    pairs: pairs.toSorted((a, b) => expense(a) - expense(b)),
  };
}

/** Cascades that are tried. */
const CASCADES = [
  ["lowestConfidence", "accumulationShare"],
  ["lowestConfidence", "affectedRatio (sum)"],
  ["length", "accumulationShare"],
] as const;

type Named = readonly [name: string, outcomes: Outcomes];

function summarise(
  name: string,
  outcomes: Outcomes,
  against: readonly (readonly boolean[])[],
): ControlRow {
  const all = outcomes.flat();
  const mean = (of: (outcome: Outcome) => number) =>
    all.reduce((sum, outcome) => sum + of(outcome), 0) / Math.max(1, all.length);
  return {
    name,
    accuracy: mean(({ correct }) => Number(correct)),
    corrected: mean(({ corrected }) => Number(corrected)),
    tokens: mean(({ tokens }) => tokens),
    gradients: mean(({ gradients }) => gradients),
    forwards: mean(({ forwards }) => forwards),
    comparison: comparePaired(map(outcomes, ({ correct }) => correct), against),
  };
}
