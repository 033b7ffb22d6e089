/**
 * Answers found in texts and compared with the gold answer: numbers, choices, formulas, plain texts.
 *
 * @module
 */
export { extractChoice, gradeChoice } from "./choice.ts";
export { LETTERS, readLetter } from "./letter.ts";
export {
  type Checked,
  type Checker,
  extractMath,
  findBoxes,
  isInAskedBase,
  makeChecker,
  normalise,
  type Outcome,
  readExact,
  sameTime,
} from "./math/mod.ts";
export { extractNumber, gradeNumber, readNumber } from "./number/mod.ts";
export { TURN_ENDS } from "./own_answer.ts";
export { extractText, gradeText } from "./text.ts";
export type { Extraction, ExtractOptions, Finish, Verdict, VerdictKind } from "./verdict.ts";
export { workedSteps } from "./worked_steps.ts";
