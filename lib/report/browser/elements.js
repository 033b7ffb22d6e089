/**
 * Elements without markup: what comes from a dataset or a model stays text.
 *
 * @module
 */

/**
 * Makes an element. Children are nodes or text; text stays text, whatever it looks like.
 *
 * @param {string} tag
 * @param {Readonly<Record<string, string>>} attributes
 * @param {readonly (Node | string)[]} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * An element that the report has.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the report has no element '${id}'`);
  return found;
}

/**
 * A table with titles; the first column heads its rows.
 *
 * @param {readonly string[]} titles
 * @param {readonly (readonly (Node | string)[])[]} rows
 * @param {string} label
 */
export function tableOf(titles, rows, label) {
  const head = element(
    "tr",
    {},
    ...titles.map((title) => element("th", { scope: "col" }, title)),
  );
  const body = rows.map(([first, ...cells]) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, first ?? ""),
      ...cells.map((cell) => element("td", {}, cell)),
    )
  );
  return element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    element("table", {}, element("thead", {}, head), element("tbody", {}, ...body)),
  );
}

/**
 * A verdict as a mark.
 *
 * @param {boolean} right
 * @param {string} whose
 */
export function mark(right, whose) {
  const word = right ? "right" : "wrong";
  const label = `${whose} ${word}`;
  return element(
    "span",
    { class: `mark ${word}`, role: "img", "aria-label": label, title: label },
    right ? "✓" : "✗",
  );
}

/**
 * A number in few digits.
 *
 * @param {number} value
 */
export const brief = (value, digits = 3) =>
  Math.abs(value) >= 0.001 || value === 0
    ? String(Number(value.toPrecision(digits)))
    : value.toExponential(1);

/** Order of names, with numbers in them by their size. */
export const byName = new Intl.Collator("en", { numeric: true }).compare;
