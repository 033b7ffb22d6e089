/**
 * Where the answer of a MATH solution stands: in a box, in a sentence that says so, in a formula.
 *
 * @module
 */
export { findBoxes } from "./boxed.ts";
export { extractMath } from "./extract.ts";
