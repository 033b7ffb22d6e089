/**
 * What can be chosen by name, in one form: tables of named entries, and the error for a name that is not in one.
 *
 * Stability: experimental.
 *
 * @module
 */
export * as Registry from "./registry.ts";
export { oneOf, UnknownName } from "./unknown_name.ts";
