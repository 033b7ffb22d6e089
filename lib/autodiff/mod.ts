/**
 * Exact gradients as graph nodes: a table of rules and the driver that applies it.
 *
 * Stability: experimental.
 *
 * @module
 */
export { GradientError } from "./error.ts";
export { gradient } from "./gradient.ts";
export { NON_DIFFERENTIABLE, type Rule, type RuleContext, type Rules, rules } from "./rules.ts";
