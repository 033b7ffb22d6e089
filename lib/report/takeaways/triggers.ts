/**
 * What the scores of triggers say of right and wrong answers.
 *
 * @module
 */
import type { TriggerAnalysis } from "../../results/mod.ts";
import * as Statistics from "../../statistics/mod.ts";
import { Table } from "../../terminal/mod.ts";

/**
 * Whether each trigger's scores tell wrong answers from right ones: by DeLong's interval of the area and its p value, Holm-corrected over
 * the triggers.
 *
 * @returns a sentence for each
 */
export function triggerTakeaways(analyses: readonly TriggerAnalysis[]): readonly string[] {
  const areas = analyses.map(({ quality }) => quality.auc);
  const pValues = areas.map(Statistics.chancePValue);
  const corrected = Statistics.holm(pValues.filter((p) => p !== null));
  let next = 0;
  return analyses.map(({ trigger }, i) => {
    const { area, interval } = areas[i]!;
    const p = pValues[i] === null ? null : corrected[next++]!;
    if (area === null) {
      return `With right or wrong answers alone nothing can be said of ${trigger}.`;
    }
    const finding = Statistics.shown(
      interval === null ? null : [interval[0] - 0.5, interval[1] - 0.5],
      p,
    );
    const over = corrected.length < 2 ? "" : `, Holm-corrected over ${corrected.length} triggers`;
    const numbers = interval === null || p === null
      ? `area under the ROC curve ${area.toFixed(2)}, too few answers for an interval`
      : `area under the ROC curve ${area.toFixed(2)}, 95 % interval ${
        interval.map((end) => end.toFixed(2)).join(" to ")
      }, p ${Table.pValue(p)}${over}`;
    return finding === "not shown"
      ? `That ${trigger} tells wrong answers from right ones is not shown (${numbers}).`
      : `${trigger} is ${finding} for wrong answers than for right ones (${numbers}).`;
  });
}
