/**
 * Pages and keys: the address says what is open.
 *
 * @module
 */
import { loadInstances } from "./data.js";
import { byId, element } from "./elements.js";
import { showInstance } from "./instance.js";
import { filterList, filters, listed, markCurrent, matching } from "./list.js";

/** @type {readonly HTMLElement[]} */
const sections = [...document.querySelectorAll("section")];

/** Shows the page, and the instance, that the address names. */
async function route() {
  const [page = "", line] = location.hash.slice(1).split("/");
  const current = sections.find(({ id }) => id === page) ?? sections[0];
  for (const section of sections) section.hidden = section !== current;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === `#${current?.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (current?.id === "instances") await openInstances(line);
}

/** @param {string | undefined} line */
async function openInstances(line) {
  const all = await loadInstances();
  if (listed === 0) await filterList();
  const instance = all.find((each) => String(each.line) === line);
  byId("browser").classList.toggle("open", instance !== undefined);
  markCurrent();
  if (instance === undefined) {
    byId("instance").replaceChildren(
      element("p", { class: "note" }, "Choose an instance to see its answers compared."),
    );
    return;
  }
  showInstance(instance);
  byId("instance").querySelector("h3")?.focus();
}

/**
 * Opens the instance before or behind the open one.
 *
 * @param {number} by
 */
function step(by) {
  const line = location.hash.split("/")[1];
  const at = matching.findIndex((instance) => String(instance.line) === line);
  const next = matching[at < 0 ? 0 : at + by];
  if (next !== undefined) location.hash = `#instances/${next.line}`;
}

/** @type {Readonly<Record<string, () => void>>} */
const KEYS = {
  "/": () => {
    location.hash = "#instances";
    filters.querySelector("input")?.focus();
  },
  j: () => step(1),
  k: () => step(-1),
  Escape: () => {
    if (!location.hash.startsWith("#instances/")) return;
    const link = byId("list").querySelector("a[aria-current]");
    location.hash = "#instances";
    if (link instanceof HTMLElement) link.focus();
  },
};

document.addEventListener("keydown", (event) => {
  const typed = event.target instanceof HTMLElement &&
    event.target.matches("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || (typed && event.key !== "Escape")) return;
  const section = sections[Number(event.key) - 1];
  const inList = !byId("instances").hidden;
  if (section !== undefined) location.hash = `#${section.id}`;
  else if (event.key === "/" || (inList && Object.hasOwn(KEYS, event.key))) KEYS[event.key]?.();
  else return;
  event.preventDefault();
});
globalThis.addEventListener("hashchange", () => {
  scrollTo(0, 0);
  route();
});
route();
