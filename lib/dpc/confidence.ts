/**
 * The model's own confidence in an answer: the control that needs no gradient.
 *
 * @module
 */

/**
 * What stands in for the log-probability where an answer has no token: nothing speaks for it, so it is below what any
 * greedily chosen token can have (-log of the vocabulary's size, about -12), yet finite, as records are JSON.
 */
export const NO_TOKENS: number = -100;

/** Mean natural log-probability of the tokens; {@linkcode NO_TOKENS} for none. */
export function meanConfidence(logProbabilities: readonly number[]): number {
  return logProbabilities.length === 0
    ? NO_TOKENS
    : logProbabilities.reduce((sum, p) => sum + p, 0) / logProbabilities.length;
}

/** Natural log-probability of the least likely token; {@linkcode NO_TOKENS} for none. */
export function lowestConfidence(logProbabilities: readonly number[]): number {
  return logProbabilities.length === 0
    ? NO_TOKENS
    : logProbabilities.reduce((least, p) => Math.min(least, p));
}
