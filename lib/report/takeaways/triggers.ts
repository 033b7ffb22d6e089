/**
 * What the scores of triggers say of right and wrong answers.
 *
 * @module
 */
import type { TriggerAnalysis } from "../../results/mod.ts";
import * as Statistics from "../../statistics/mod.ts";
import { Table } from "../../terminal/mod.ts";
import { LEAST_ANSWERS } from "./flow.ts";

/**
 * Whether each trigger's scores tell wrong answers from right ones: by DeLong's interval of the area and Mann and Whitney's p value,
 * Holm-corrected over the triggers.
 *
 * @returns a sentence for each
 */
export function triggerTakeaways(analyses: readonly TriggerAnalysis[]): readonly string[] {
  const pValues = analyses.map(({ quality }) =>
    enough(quality) ? Statistics.chancePValue(quality) : null
  );
  const corrected = Statistics.holm(pValues.filter((p) => p !== null));
  let next = 0;
  return analyses.map(({ trigger, quality: { auc: { area, interval } } }, i) => {
    if (pValues[i] === null || area === null || interval === null) {
      return `Nothing is claimed of ${trigger} with fewer than ${LEAST_ANSWERS} right or wrong answers.`;
    }
    const p = corrected[next++]!;
    const finding = Statistics.shown([interval[0] - 0.5, interval[1] - 0.5], p);
    const over = corrected.length < 2 ? "" : `, Holm-corrected over ${corrected.length} triggers`;
    const numbers = `area under the ROC curve ${area.toFixed(2)}, 95 % interval ${
      interval.map((end) => end.toFixed(2)).join(" to ")
    }, p ${Table.pValue(p)}${over}`;
    return finding === "not shown"
      ? `That ${trigger} tells wrong answers from right ones is not shown (${numbers}).`
      : `${trigger} is ${finding} for wrong answers than for right ones (${numbers}).`;
  });
}

const enough = ({ n, wrong }: Statistics.TriggerQuality): boolean =>
  Math.min(wrong, n - wrong) >= LEAST_ANSWERS;
