/**
 * Figures as SVG and CSV, tables and instances as CSV.
 *
 * @module
 */
import { meta } from "./data.js";
import { byId, element } from "./elements.js";
import { chosenFilters } from "./filters.js";
import { matching } from "./list.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * A button that saves a file.
 *
 * @param {string} kind
 * @param {string} title what is saved
 * @param {() => string} make
 */
function saveButton(kind, title, make) {
  const label = `${title} as ${kind.toUpperCase()}`;
  const button = element("button", { type: "button", "aria-label": label }, kind.toUpperCase());
  button.addEventListener("click", () => {
    const type = kind === "svg" ? "image/svg+xml" : "text/csv";
    const href = URL.createObjectURL(new Blob([make()], { type }));
    const name = `${meta.name} ${title}`.replace(/[^\w.-]+/g, "_");
    element("a", { href, download: `${name}.${kind}` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  });
  return button;
}

/**
 * Rows as CSV (RFC 4180).
 *
 * @param {readonly (readonly (string | number | boolean | null | undefined)[])[]} rows
 */
export function csv(rows) {
  /** @param {unknown} value */
  const cell = (value) => {
    const text = String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/**
 * A drawing with the style sheet's colours written out, as it stands alone.
 *
 * @param {SVGElement} drawing
 */
function standalone(drawing) {
  const style = getComputedStyle(drawing);
  const copy = /** @type {SVGElement} */ (drawing.cloneNode(true));
  for (const link of copy.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  copy.setAttribute("xmlns", SVG);
  copy.setAttribute("font-family", "sans-serif");
  copy.setAttribute("font-size", "11");
  const ground = document.createElementNS(SVG, "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", "var(--panel)");
  copy.prepend(ground);
  return new XMLSerializer().serializeToString(copy)
    .replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim())
    .replaceAll("currentColor", style.color);
}

for (const figure of document.querySelectorAll("figure.chart")) {
  const title = figure.querySelector("figcaption b")?.textContent ?? "figure";
  const drawing = /** @type {SVGElement} */ (figure.querySelector("svg"));
  const data = figure.querySelector("script.data")?.textContent ?? "";
  figure.append(element(
    "div",
    { class: "tools" },
    saveButton("svg", title, () => standalone(drawing)),
    saveButton("csv", title, () => {
      const { columns, rows } = JSON.parse(data);
      return csv([columns, ...rows]);
    }),
  ));
}

for (const region of document.querySelectorAll(".table .scroll")) {
  const title = region.getAttribute("aria-label") ?? "table";
  const button = saveButton(
    "csv",
    title,
    () =>
      csv(
        [...region.querySelectorAll("tr")].map((row) =>
          [...row.children].map(({ textContent }) => textContent)
        ),
      ),
  );
  region.parentElement?.append(element("div", { class: "tools" }, button));
}

byId("count").after(saveButton("csv", "Instances", instancesCsv));

/** What is listed, a row for each instance. */
function instancesCsv() {
  const { arm: chosen = "" } = chosenFilters();
  const strata = [...new Set(matching.flatMap(({ strata }) => Object.keys(strata)))];
  const titles = ["id", "prompt", ...strata, "question", "gold", "score", "fired"];
  const arms = meta.arms.flatMap((arm) => [`${arm} answer`, `${arm} verdict`, `${arm} tokens`]);
  return csv([
    [...titles, ...arms],
    ...matching.map((instance) => {
      const trigger = instance.arms[chosen]?.trigger;
      return [
        instance.id,
        instance.prompt,
        ...strata.map((key) => instance.strata[key]),
        instance.question,
        instance.gold,
        trigger?.score,
        trigger?.fired,
        ...meta.arms.flatMap((arm) => {
          const { answer, verdict, tokens } = instance.arms[arm] ?? {};
          return [answer, verdict, tokens];
        }),
      ];
    }),
  ]);
}
