/**
 * The user's cache of copies of weights: where it is, how files are made in it, and whether they are still what was written.
 *
 * @module
 */
export * from "./cache.ts";
