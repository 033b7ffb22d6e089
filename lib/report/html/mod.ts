/**
 * HTML as text that is always escaped.
 *
 * @module
 */
export { Html, jsonScript, markup, type Part } from "./html.ts";
export { table } from "./table.ts";
