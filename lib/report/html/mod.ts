/**
 * HTML as text that is always escaped.
 *
 * @module
 */
export { Html, jsonScript, markup, type Part } from "./html.ts";
export { code, countLink, type Filters, instancesAddress, ofStratum } from "./link.ts";
export { table, type TableOptions } from "./table.ts";
