/**
 * The table of arms, each count a link to its instances, and how its numbers were measured.
 *
 * @module
 */
import type { ArmSummary, Comparison, Summary } from "../../results/mod.ts";
import { Table } from "../../terminal/mod.ts";
import { countLink, type Html, type Part, table } from "../html/mod.ts";
import { spokenArm } from "../takeaways/mod.ts";

/** A column: its title, and its cell for an arm. */
type Column = readonly [title: string, cell: (arm: Row) => Part];

interface Row extends ArmSummary {
  readonly name: string;
  readonly comparison: Comparison | undefined;
}

const ACCURACY = "accuracy, %";

const OUTCOME: readonly Column[] = [
  ["correct", ({ name, correct }) => countLink(correct, { arm: name, answer: "correct" })],
  ["of", ({ name, n }) => countLink(n, { arm: name })],
  [ACCURACY, ({ accuracy }) => Table.percent(accuracy)],
  [
    "95 % interval",
    ({ accuracy, interval }) => accuracy === null ? "-" : Table.percentInterval(interval),
  ],
];

const compared = (against: string): readonly Column[] => [
  [`difference to ${against}`, ({ comparison }) => Table.points(comparison?.difference ?? null)],
  ["95 % interval", ({ comparison }) => Table.pointsInterval(comparison?.interval ?? null)],
  ["p", ({ comparison }) => Table.pValue(comparison?.pValue ?? null)],
  ["p (Holm)", ({ comparison }) => Table.pValue(comparison?.pValueHolm ?? null)],
];

const CORRECTIONS: readonly Column[] = [
  ["corrected, %", ({ triggerRate }) => Table.percent(triggerRate)],
  [
    "won",
    ({ name, transitions }) =>
      transitions === null ? "-" : countLink(transitions.wrongToRight, {
        ...{ arm: name, first: "wrong", answer: "correct" },
      }),
  ],
  [
    "lost",
    ({ name, transitions }) =>
      transitions === null ? "-" : countLink(transitions.rightToWrong, {
        ...{ arm: name, first: "right", answer: "not correct" },
      }),
  ],
];

const READING: readonly Column[] = [
  ["tokens per answer", ({ tokens }) => tokens.toFixed(1)],
  ["rounded", ({ name, rounded }) => countLink(rounded, { arm: name, answer: "rounded" })],
  ["unparsed", ({ name, unparsed }) => countLink(unparsed, { arm: name, answer: "unparsed" })],
  ["cut off", ({ name, cutOff }) => countLink(cutOff, { arm: name, answer: "cut off" })],
];

/** What most of the answers drawn to a question say. */
const majority = (answers: number): readonly Column[] => [
  [`maj@${answers}, %`, ({ majority }) => Table.percent(majority?.accuracy ?? null)],
  ["95 % interval", ({ majority }) => majority ? Table.percentInterval(majority.interval) : "-"],
];

/** All arms with their numbers. */
export function armTable(summary: Summary): Html {
  const { arms, comparisons, answers } = summary;
  const against = comparisons[0]?.against;
  const columns = [
    ...OUTCOME,
    ...(answers === undefined ? [] : majority(answers)),
    ...(against === undefined ? [] : [...compared(against), ...CORRECTIONS]),
    ...READING,
  ];
  const names = Object.keys(arms);
  return table(
    [
      "arm",
      ...columns.map(([title]) =>
        title === ACCURACY && answers !== undefined ? "pass@1, %" : title
      ),
    ],
    names.map((name) => {
      const comparison = comparisons.find(({ arm }) => arm === name);
      return [name, ...columns.map(([, cell]) => cell({ ...arms[name]!, name, comparison }))];
    }),
    { label: "Arms", marked: names.indexOf(spokenArm(summary) ?? "") },
  );
}

/** Which intervals and tests the numbers have. */
export function howMeasured({ comparisons, prompts, primary, answers }: Summary): string {
  const seeds = prompts.length > 1 || answers !== undefined;
  const wilson = seeds
    ? "Intervals of accuracies are Wilson's with the number of independent answers that these are worth"
    : "Intervals of accuracies are Wilson's";
  const accuracies = answers === undefined
    ? wilson
    : `pass@1 is the mean over the ${answers} answers drawn to each question, maj@${answers} the share of questions to which what most of them ` +
      `say is right (of equally frequent answers, the one drawn first). ${wilson}`;
  if (comparisons.length === 0) return `${accuracies}.`;
  const against = comparisons[0]!.against;
  const alone = primary === null ? "" : `, but for ${primary}, which is tested alone`;
  return `${accuracies}; those of differences are ${
    seeds ? "Student's over examples, for these prompts" : "Tango's"
  }; p is ${seeds ? "a sign-flip test over examples" : "McNemar's exact test"}, ` +
    `and Holm's correction is over the ${comparisons.length} arms compared with ` +
    `${against}${alone}. A difference is called shown where both agree. Won and lost are answers that ${against} got ` +
    "wrong and right, and the arm the other way round.";
}
