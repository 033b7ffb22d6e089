/**
 * Tables of a report.
 *
 * @module
 */
import { type Html, markup, type Part } from "./html.ts";

/**
 * A table that scrolls by itself where the screen is narrow.
 *
 * @param titles of the columns
 * @param rows cells; the first of each heads its row
 */
export function table(
  titles: readonly Part[],
  rows: readonly (readonly [Part, ...Part[]])[],
): Html {
  const head = titles.map((title) => markup`<th scope="col">${title}</th>`);
  const body = rows.map(([first, ...cells]) => {
    const data = cells.map((cell) => markup`<td>${cell}</td>`);
    return markup`<tr><th scope="row">${first}</th>${data}</tr>\n`;
  });
  return markup`<div class="scroll" tabindex="0"><table>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody>
</table></div>`;
}
