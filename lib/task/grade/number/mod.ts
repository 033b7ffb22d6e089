/**
 * Numbers: found in prose however they are written, and compared exactly.
 *
 * @module
 */
export { sentenceAround } from "./conclusion.ts";
export { findNumbers } from "./mentions.ts";
export { asciiDigits, unifyNumbers } from "./notation.ts";
export { extractNumber, gradeNumber, lastNumber, readNumber, statedNumber } from "./numeric.ts";
export { isRefused } from "./question.ts";
export * as Rational from "./rational.ts";
