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
import { Html, jsonScript, markup, type Part } from "../html/mod.ts";

export { Plot };

/** The numbers of a figure, which its button gives as CSV. */
export interface FigureData {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** Words of a figure. */
export interface FigureWords {
  readonly title: string;
  /** One sentence: what the figure says. */
  readonly takeaway?: string;
  /** How to read it: axes, units, marks. */
  readonly caption: Part;
  /** What the figure shows, to those who can't see it. */
  readonly label: string;
  /** The key to its colours, above it. */
  readonly key?: Html;
  /** What its numbers stand for, below it. */
  readonly list?: Html;
}

/** A figure with its words. */
export interface FigureOptions extends FigureWords {
  readonly plot: Plot.PlotOptions;
  readonly data: FigureData;
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

// Deno's type of a window has no document, and Plot asks for a browser's
const { document } = parseHTML("<html></html>") as unknown as { readonly document: never };

/** Draws a figure. */
export function figure(
  { title, takeaway, caption, label, key, list, plot, data }: FigureOptions,
): Html {
  const drawn = Plot.plot({
    width: WIDTH,
    height: 220,
    ...plot,
    className: "plot",
    ariaLabel: label,
    document,
  });
  // The report's policy allows no inline styles; the style sheet has the few rules that Plot would put here.
  // Names of Plot's own groups ("rule") say nothing to those who hear them.
  const svg = String(drawn).replace(/<style>[^<]*<\/style>/g, "")
    .replace(/(<g[^>]*?) aria-label="[^"]*"/g, "$1");
  // links within an image could not be reached
  const role = svg.includes("<a ") ? "group" : "img";
  const said = takeaway ? markup`<span class="takeaway">${takeaway}</span>` : null;
  return markup`<figure class="chart">
<figcaption><b>${title}</b>${said}<span class="how">${caption}</span></figcaption>${key ?? null}
${new Html(svg.replace("<svg ", `<svg role="${role}" `))}${list ?? null}
<script type="application/json" class="data">${jsonScript(data)}</script>
</figure>
`;
}

/** The key to the colours of right and wrong answers. */
export function groupKey(counts: { readonly right: Part; readonly wrong: Part }): Html {
  const groups = GROUPS.map((group) =>
    markup`<li class="${group}">first answer ${group} (${counts[group]})</li>`
  );
  return markup`<ul class="key">${groups}</ul>`;
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
