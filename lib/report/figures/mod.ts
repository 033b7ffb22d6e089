/**
 * The figures of the report, as SVG.
 *
 * @module
 */
export { accuracyFigure, costFigure, differenceFigure } from "./arms.ts";
export { groupKey, inDigits } from "./figure.ts";
export * from "./flow.ts";
export { precisionFigure, rocFigure, scoreFigure } from "./trigger.ts";
