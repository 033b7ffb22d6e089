/**
 * Colours of maps: seven steps of the style sheet, and the key that says what each stands for.
 *
 * @module
 */
import { type Html, markup } from "../html/mod.ts";

/** Steps of the colours; the style sheet has as many. */
export const STEPS = 7;

/** Where the steps begin: as the squares, as most values are small. */
const stepBounds = (most: number): readonly number[] =>
  Array.from({ length: STEPS }, (_, step) => most * (step / STEPS) ** 2);

/** The step of a value. */
export const stepOf = (value: number, most: number): number =>
  most > 0 ? Math.min(STEPS - 1, Math.floor(STEPS * Math.sqrt(value / most))) : 0;

/** The key to the colours. */
export function heatKey(most: number, write: (value: number) => string): Html {
  const steps = stepBounds(most).map((bound, step) =>
    markup`<li class="heat-${step}">${write(bound)}</li>`
  );
  return markup`<ol class="scale" aria-label="Colours, each from its value on">${steps}</ol>`;
}
