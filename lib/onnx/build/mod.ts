/**
 * One function an operator, to be used as a namespace: `Op.add(a, b)`. Each throws GraphError when its operands break the
 * operator's rule.
 *
 * @module
 */
export * from "./elementwise.ts";
export * from "./neural.ts";
export * from "./shape.ts";
export * from "./reduce.ts";
export * from "./indexing.ts";
