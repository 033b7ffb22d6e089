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
import { Html, html, type Part } from "./html.ts";

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
  return html`<figure class="chart"><figcaption><b>${title}</b> ${caption}</figcaption>${new Html(
    svg,
  )}</figure>`;
}

/** The key to the colours of right and wrong answers. */
export function groupKey(counts: { readonly right: number; readonly wrong: number }): Html {
  return html`<p class="key">${
    GROUPS.map((group) =>
      html`
        <span class="${group}">${group} (${counts[group]})</span>
      `
    )
  }</p>`;
}

/** Ticks of small numbers: 2e-5. */
export function tick(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 0.001 && size < 10_000
    ? String(Number(value.toPrecision(3)))
    : value.toExponential(1).replace(/\.0e/, "e").replace("e+", "e");
}
