/**
 * Pages and keys: the address says what is open.
 *
 * @module
 */
import { addressOf, readAddress, replaceAddress } from "./address.js";
import { loadInstances, meta } from "./data.js";
import { byId, element } from "./elements.js";
import { filterQuery, filters, setFilters } from "./filters.js";
import { showInstance } from "./instance.js";
import { filterList, matching } from "./list.js";

/** @type {readonly HTMLElement[]} */
const sections = [...document.querySelectorAll("section")];

/** @type {readonly HTMLSelectElement[]} */
const promptChoices = [...document.querySelectorAll("select.prompts")]
  .flatMap((each) => each instanceof HTMLSelectElement ? [each] : []);

const { title } = document;

/** Shows the page, and the instance, that the address names. */
async function route() {
  const { page, id, query } = readAddress();
  const current = sections.find((section) => section.id === page) ?? sections[0];
  for (const section of sections) section.hidden = section !== current;
  for (const link of document.querySelectorAll("header nav a")) {
    if (link.getAttribute("href") === `#${current?.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  showPrompt(query.get("prompt"));
  document.title = id === undefined ? title : `${id} in ${meta.name}`;
  if (current?.id === "instances") {
    setFilters(query);
    await openInstance(id);
  }
}

/** The prompt whose panels are shown, on all pages that have them. */
let shownPrompt = promptChoices[0]?.value;

/** @param {string | null} asked */
function showPrompt(asked) {
  const known = [...(promptChoices[0]?.options ?? [])].some(({ value }) => value === asked);
  if (asked !== null && known) shownPrompt = asked;
  for (const choice of promptChoices) choice.value = shownPrompt ?? "";
  for (const panel of document.querySelectorAll(".panel")) {
    if (panel instanceof HTMLElement) panel.hidden = panel.dataset["prompt"] !== shownPrompt;
  }
}

for (const choice of promptChoices) {
  choice.addEventListener("change", () => {
    const { page } = readAddress();
    replaceAddress(addressOf(page, new URLSearchParams({ prompt: choice.value })));
    showPrompt(choice.value);
  });
}

/** @param {string | undefined} id */
async function openInstance(id) {
  const all = await loadInstances();
  await filterList();
  const instance = all.find((each) => each.id === id);
  byId("browser").classList.toggle("open", instance !== undefined);
  if (instance === undefined) {
    const words = id === undefined
      ? "Choose an instance to see its answers compared."
      : `This report holds no instance '${id}'.`;
    byId("instance").replaceChildren(element("p", { class: "note" }, words));
    return;
  }
  await showInstance(instance);
  byId("instance").querySelector("h3")?.focus({ preventScroll: true });
}

/**
 * Opens the instance before or behind the open one.
 *
 * @param {number} by
 */
function step(by) {
  const { id } = readAddress();
  const at = matching.findIndex((instance) => instance.id === id);
  const next = matching[at < 0 ? 0 : at + by];
  if (next !== undefined) location.hash = addressOf("instances", filterQuery(), next.id);
}

/** @type {Readonly<Record<string, () => void>>} */
const KEYS = {
  "/": () => {
    if (readAddress().page !== "instances") location.hash = "#instances";
    filters.querySelector("input")?.focus();
  },
  j: () => step(1),
  k: () => step(-1),
  Escape: () => {
    if (readAddress().id === undefined) return;
    const link = byId("list").querySelector("a[aria-current]");
    location.hash = addressOf("instances", filterQuery());
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
  const { page, id } = readAddress();
  if (id === undefined || page !== "instances") scrollTo(0, 0);
  route();
});
route();
