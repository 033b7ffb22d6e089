/**
 * Tables of a report.
 *
 * @module
 */
import { type Html, markup, type Part } from "./html.ts";

/** Options of {@linkcode table}. */
export interface TableOptions {
  /** What the table is, for those who can't see it, and the name of its file. */
  readonly label: string;
  /** The row that stands out, by its number. */
  readonly marked?: number;
}

/**
 * A table that scrolls by itself where the screen is narrow; the browser script makes its columns sortable.
 *
 * @param titles of the columns
 * @param rows cells; the first of each heads its row
 */
export function table(
  titles: readonly Part[],
  rows: readonly (readonly [Part, ...Part[]])[],
  { label, marked }: TableOptions,
): Html {
  const head = titles.map((title) => markup`<th scope="col">${title}</th>`);
  const body = rows.map(([first, ...cells], at) => {
    const data = cells.map((cell) => markup`<td>${cell}</td>`);
    const row = markup`<th scope="row">${first}</th>${data}</tr>\n`;
    return at === marked ? markup`<tr class="marked">${row}` : markup`<tr>${row}`;
  });
  return markup`<div class="table"><div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody>
</table></div></div>`;
}
