/**
 * The final table of a run, and one line that says what it means.
 *
 * @module
 */
import type { Comparison, Summary } from "./summary.ts";
import { percent, percentInterval, points, pValue, render } from "./table.ts";

/** Arms with intervals, differences to the arm they are compared with, and the trigger's quality. */
export function resultsTable(summary: Summary): string {
  const rows = Object.entries(summary.arms).map(([name, arm]) => {
    const comparison = summary.comparisons.find((each) => each.arm === name);
    return [
      name,
      arm.n,
      percent(arm.accuracy),
      percentInterval(arm.interval),
      points(comparison?.difference ?? null),
      comparison?.interval ? comparison.interval.map(points).join("..") : "-",
      pValue(comparison?.pValue ?? null),
      arm.triggerRate === null ? "-" : percent(arm.triggerRate),
      arm.transitions === null
        ? "-"
        : `+${arm.transitions.wrongToRight} -${arm.transitions.rightToWrong}`,
      arm.tokens.toFixed(0),
    ];
  });
  return render([
    { title: "arm" },
    { title: "n", align: "right" },
    { title: "accuracy", align: "right" },
    { title: "95 % interval" },
    { title: "vs pt", align: "right" },
    { title: "95 % interval" },
    { title: "p", align: "right" },
    { title: "corrected", align: "right" },
    { title: "won, lost" },
    { title: "tokens", align: "right" },
  ], rows);
}

/** What the run says of DPC, in a sentence. */
export function conclusion(summary: Summary): string {
  const dpc = summary.comparisons.find(({ arm }) => arm.startsWith("dpc"));
  if (dpc === undefined) return `${summary.n} examples; no arm corrects a prompt.`;
  return `${describe(dpc)} on ${summary.n} examples` +
    (summary.prompts.length > 1 ? ` under ${summary.prompts.length} prompts.` : ".");
}

function describe({ arm, against, difference, interval }: Comparison): string {
  if (difference === null || interval === null) return "Nothing to compare";
  const by = `${points(difference)} points (95 % interval ${interval.map(points).join(" to ")})`;
  if (interval[0] > 0) return `${arm} is more accurate than ${against}: ${by}`;
  if (interval[1] < 0) return `${arm} is less accurate than ${against}: ${by}`;
  return `No difference between ${arm} and ${against} is shown: ${by}`;
}
