/**
 * What the flow says of right and wrong answers.
 *
 * @module
 */
import * as Statistics from "../../statistics/mod.ts";

/** A curve of each group; of a saliency, its logarithms. */
export interface Curves {
  readonly right: readonly Statistics.MeanInterval[];
  readonly wrong: readonly Statistics.MeanInterval[];
}

/** Words of {@linkcode flowTakeaways}. */
export interface FlowWords {
  /** What the curve shows: "S_pr". */
  readonly what: string;
  /** A point of it and points: "layer", "layers". */
  readonly point: readonly [one: string, many: string];
  /** Number of the first point. */
  readonly first: number;
}

/** One answer in a group tells nothing of how answers vary; four not much. */
export const LEAST_ANSWERS = 5;

/**
 * Where wrong answers differ from right ones: by Welch's interval and by its p value, Holm-corrected over all points of all curves.
 *
 * @returns a sentence for each curve
 */
export function flowTakeaways(
  curves: readonly (Curves & FlowWords)[],
): readonly string[] {
  const tests = curves.map(({ right, wrong }) =>
    right.flatMap((mean, at) => {
      const other = wrong[at];
      if (other === undefined || Math.min(mean.n, other.n) < LEAST_ANSWERS) return [];
      const { interval, pValue } = Statistics.welch(other, mean);
      return interval === null || pValue === null ? [] : [{ at, interval, pValue }];
    })
  );
  const corrected = Statistics.holm(tests.flat().map(({ pValue }) => pValue));
  let next = 0;
  return curves.map((words, i) => {
    const findings = tests[i]!.map(({ at, interval }) => ({
      at: at + words.first,
      finding: Statistics.shown(interval, corrected[next++]!),
    }));
    return sentence(words, findings, corrected.length);
  });
}

function sentence(
  { what, point: [one, many] }: FlowWords,
  findings: readonly { readonly at: number; readonly finding: string }[],
  family: number,
): string {
  if (findings.length === 0) {
    return `Nothing is claimed of ${what} with fewer than ${LEAST_ANSWERS} right or wrong answers.`;
  }
  const where = (finding: string) => {
    const at = findings.filter((each) => each.finding === finding).map((each) => each.at);
    return at.length === 0 ? [] : [`${finding} in ${at.length === 1 ? one : many} ${ranges(at)}`];
  };
  const parts = [...where("higher"), ...where("lower")];
  const rule = `95 % interval and p, Holm-corrected over ${family} comparisons`;
  return parts.length === 0
    ? `A difference in ${what} between wrong and right answers is not shown in any ${one} (${rule}).`
    : `For wrong answers ${what} is ${parts.join(", ")} (${rule}).`;
}

/** Numbers in words: "1 to 3, 5". */
export function ranges(numbers: readonly number[]): string {
  const starts = numbers.filter((number) => !numbers.includes(number - 1));
  return starts.map((start) => {
    let end = start;
    while (numbers.includes(end + 1)) end += 1;
    return end === start
      ? `${start}`
      : end === start + 1
      ? `${start}, ${end}`
      : `${start} to ${end}`;
  }).join(", ");
}
