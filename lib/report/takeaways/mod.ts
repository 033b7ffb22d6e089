/**
 * One sentence for what a figure shows. A difference is claimed by the rule of `shown` of lib/statistics/claim.ts alone.
 *
 * @module
 */
export { costTakeaway, promptTakeaway, spokenArm, strataTakeaway } from "./arms.ts";
export { type Curves, flowTakeaways, type FlowWords, LEAST_ANSWERS } from "./flow.ts";
export { triggerTakeaways } from "./triggers.ts";
