/**
 * Tables whose columns sort their rows.
 *
 * @module
 */
import { byName, element } from "./elements.js";

for (const table of document.querySelectorAll(".table table")) {
  const titles = [...table.querySelectorAll("thead th")];
  const body = /** @type {HTMLElement} */ (table.querySelector("tbody"));
  if (body.childElementCount < 2) continue;
  titles.forEach((title, column) => {
    if (title.textContent === "") return;
    const button = element("button", { type: "button" }, ...title.childNodes);
    button.addEventListener("click", () => {
      const down = title.getAttribute("aria-sort") === "descending";
      for (const each of titles) each.removeAttribute("aria-sort");
      title.setAttribute("aria-sort", down ? "ascending" : "descending");
      const rows = [...body.children].sort((a, b) => order(text(a, column), text(b, column)));
      body.append(...(down ? rows : rows.reverse()));
    });
    title.replaceChildren(button);
  });
}

/**
 * @param {Element} row
 * @param {number} column
 */
const text = (row, column) => row.children[column]?.textContent ?? "";

/**
 * Numbers by their size, and after what is none.
 *
 * @param {string} a
 * @param {string} b
 */
function order(a, b) {
  const [x, y] = [a, b].map((each) => each === "-" ? -Infinity : parseFloat(each.replace("<", "")));
  return Number.isNaN(x) || Number.isNaN(y) ? byName(a, b) : x === y ? 0 : Number(x) - Number(y);
}
