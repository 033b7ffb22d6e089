/**
 * Arms that choose by a model learned on a development split: under which prompt a question is answered, or which of its answers counts.
 *
 * @module
 */
export * from "./arms.ts";
export { learn, type LearnedProblem, learnedProblems, withLearned } from "./fit.ts";
export {
  type ChoiceObservation,
  type ChoiceOption,
  observeChoices,
  type ObserveChoicesOptions,
} from "./observe.ts";
export {
  type LearnedArm,
  type NestedOptions,
  nestedOutcomes,
  transferredOutcomes,
} from "./nested.ts";
