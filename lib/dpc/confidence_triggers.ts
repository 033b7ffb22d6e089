/**
 * Triggers on the model's own confidence: the controls that need no gradient.
 *
 * @module
 */
import * as Confidence from "./confidence.ts";
import { make, type Trigger, type TriggerEntry } from "./make_trigger.ts";

/** The control that needs no gradient: the negative log-probability of the least likely token. */
export function lowestConfidence({ threshold }: { readonly threshold: number }): Trigger {
  return make({
    name: "lowestConfidence",
    threshold,
    score: ({ logProbabilities }) => -Confidence.lowestConfidence(logProbabilities),
  });
}

/** The control in the mean: the negative mean log-probability of the tokens. */
export function meanConfidence({ threshold }: { readonly threshold: number }): Trigger {
  return make({
    name: "meanConfidence",
    threshold,
    score: ({ logProbabilities }) => -Confidence.meanConfidence(logProbabilities),
  });
}

/** Their entries in the table of triggers. */
export const CONFIDENCE_TRIGGERS: Readonly<Record<string, TriggerEntry>> = {
  lowestConfidence: {
    description: "negative log-probability of the least likely token",
    needs: ["threshold"],
    make: lowestConfidence,
  },
  meanConfidence: {
    description: "negative mean log-probability of the tokens",
    needs: ["threshold"],
    make: meanConfidence,
  },
};
