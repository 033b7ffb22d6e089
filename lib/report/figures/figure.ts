/**
 * Figures as SVG text, drawn by Observable Plot: the one door to it, and to linkedom, the document that it draws in here.
 *
 * Drawn when the report is made, so the report needs no plotting script; of the libraries weighed, Plot alone draws confidence bands,
 * facets and histograms in a few lines without a browser. Colours are the style sheet's variables, so they follow dark mode.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { Html, markup, type Part } from "../html/mod.ts";

export { Plot };

/** A figure with its words. */
export interface FigureOptions {
  readonly title: string;
  /** One or two sentences below the title: what is shown. */
  readonly caption: Part;
  /** What the figure says to those who can't see it. */
  readonly label: string;
  readonly plot: Plot.PlotOptions;
}

/** Pixels: what a phone shows without scrolling; wider screens have several figures side by side. */
export const WIDTH = 328;

/** The two groups that most figures compare. */
export const GROUPS = ["right", "wrong"] as const;

/** Colours of the groups. */
export const GROUP_COLOR = {
  domain: [...GROUPS],
  range: ["var(--right)", "var(--wrong)"],
};

const { document } = parseHTML("<html></html>");

/** Draws a figure. */
export function figure({ title, caption, label, plot }: FigureOptions): Html {
  const drawn = Plot.plot({
    width: WIDTH,
    height: 220,
    ...plot,
    className: "plot",
    ariaLabel: label,
    document: document as never,
  });
  // The report's policy allows no inline styles; the style sheet has the few rules that Plot would put here.
  const svg = String(drawn).replace(/<style>[^<]*<\/style>/g, "");
  const words = markup`<figcaption><b>${title}</b> ${caption}</figcaption>`;
  return markup`<figure class="chart">${words}${new Html(svg)}</figure>`;
}

/** The key to the colours of right and wrong answers. */
export function groupKey(counts: { readonly right: number; readonly wrong: number }): Html {
  const groups = GROUPS.map((group) =>
    markup`<span class="${group}">${group} (${counts[group]})</span>`
  );
  return markup`<p class="key">${groups}</p>`;
}

/** A tick of an axis, with three digits. */
export const tick = (value: number): string => inDigits(value, 3);

/** A number of any size in few characters: 0.25, 2e-5. */
export function inDigits(value: number, digits: number): string {
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  return rounded === 0 || (size >= 0.001 && size < 10_000)
    ? String(rounded)
    : rounded.toExponential().replace("e+", "e");
}
