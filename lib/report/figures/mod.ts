/**
 * The figures of the report, as SVG.
 *
 * @module
 */
export { accuracyDomain, accuracyFigure, differenceFigure } from "./arms.ts";
export { costFigure, timeFigure } from "./cost.ts";
export { groupKey, inDigits } from "./figure.ts";
export { blockFigures, progressFigure, stepFigure } from "./flow.ts";
export { chosenFigure, positionFigure, shareFigure } from "./positions.ts";
export { precisionFigure, rocFigure, scoreFigure, type ScoreOptions } from "./trigger.ts";
