/**
 * MATH's answers: found in LaTeX, brought to one spelling, and compared exactly, by structure or symbolically.
 *
 * @module
 */
export { isInAskedBase } from "./base.ts";
export { extractMath, findBoxes } from "./extraction/mod.ts";
export { type Checked, type Checker, makeChecker } from "./checker.ts";
export type { Outcome } from "./outcome.ts";
export { normalise } from "./normalise.ts";
export { sameTime } from "./time.ts";
export { readExact } from "./value.ts";
