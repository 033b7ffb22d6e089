/**
 * Small models that are learned on a development split: logistic regression on reduced features, and choosing one of several answers by it.
 * Pure.
 *
 * Stability: experimental.
 *
 * @module
 */
export * from "./choose.ts";
export { foldsOf } from "./folds.ts";
export {
  fitLogistic,
  type LinearModel,
  type LogisticOptions,
  logOdds,
  probability,
} from "./logistic.ts";
export type { Rows } from "./reduce.ts";
