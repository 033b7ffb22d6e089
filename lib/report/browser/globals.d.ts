/**
 * What the report puts before its own script.
 *
 * @module
 */
declare const Diff: typeof import("diff");
