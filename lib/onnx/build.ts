/**
 * One function an operator, to be used as a namespace: `Op.add(a, b)`. Each throws GraphError when its operands break the
 * operator's rule.
 *
 * @module
 */
export * from "./build/elementwise.ts";
export * from "./build/neural.ts";
export * from "./build/shape.ts";
export * from "./build/reduce.ts";
export * from "./build/indexing.ts";
