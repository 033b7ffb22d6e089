/**
 * Maps of numbers in seven steps of colour, with a scale, and a reading of one number at a time.
 *
 * @module
 */
import { brief, element } from "./elements.js";

/** Shares of the run's numbers below each of the seven steps: saliencies differ by orders of magnitude. */
const QUANTILES = [0, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99];

/** Rows that the steps are measured on at most. */
const MOST_ROWS = 1000;

/**
 * Where each step begins: the same for all instances, so that they can be compared.
 *
 * @param {readonly (readonly number[])[]} rows
 */
export function scaleOf(rows) {
  const every = Math.ceil(rows.length / MOST_ROWS);
  const values = rows.filter((_, at) => at % every === 0).flat().sort((a, b) => a - b);
  return QUANTILES.map((share) =>
    share === 0 ? 0 : values[Math.floor(share * (values.length - 1))] ?? 0
  );
}

/**
 * @param {number} value
 * @param {readonly number[]} scale
 */
const stepOf = (value, scale) => Math.max(0, scale.findLastIndex((start) => start <= value));

/**
 * A map with its scale. Arrow keys, or the mouse, read one number after another.
 *
 * @param {readonly number[]} values
 * @param {{
 *   label: string,
 *   scale: readonly number[],
 *   kind: "text" | "cells",
 *   textOf: (at: number) => string,
 *   nameOf: (at: number) => string,
 *   framed?: ReadonlySet<number | undefined>,
 * }} options
 */
export function heatMap(values, { label, scale, kind, textOf, nameOf, framed = new Set() }) {
  const cells = values.map((value, at) =>
    element(
      "span",
      { class: `heat-${stepOf(value, scale)}${framed.has(at) ? " framed" : ""}` },
      textOf(at),
    )
  );
  const attributes = {
    class: kind,
    tabindex: "0",
    role: "group",
    "aria-label": `${label}; ← and →`,
  };
  const map = element("div", attributes, ...cells);
  const reading = element("output", { class: "reading" }, "Point at one, or use ← and →.");
  const order = [...values].sort((a, b) => b - a);
  let current = -1;
  /** @param {number} at */
  const read = (at) => {
    const value = values[at];
    if (value === undefined) return;
    cells[current]?.classList.remove("current");
    cells[current = at]?.classList.add("current");
    reading.textContent = `${nameOf(at)}: ${brief(value)}, number ${
      order.indexOf(value) + 1
    } of ${values.length}`;
  };
  map.addEventListener(
    "pointerover",
    ({ target }) => read(cells.indexOf(/** @type {any} */ (target))),
  );
  map.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    read(Math.max(0, Math.min(values.length - 1, current + by)));
  });
  return element("div", {}, keyOf(scale), map, reading);
}

/** @param {readonly number[]} scale */
function keyOf(scale) {
  const steps = scale.map((start, step) =>
    element("li", { class: `heat-${step}` }, brief(start, 2))
  );
  return element(
    "ol",
    { class: "scale", "aria-label": "Colours, each from its value on" },
    ...steps,
  );
}
