/**
 * The list of instances and its filters.
 *
 * @module
 */
import { loadInstances, meta } from "./data.js";
import { byId, element, mark } from "./elements.js";

/** @import { Instance } from "../run_data/instances.ts" */

/** Entries that the list shows at first, and more at each wish. */
const PAGE_LENGTH = 100;

/** Milliseconds without a key after which a text is searched for. */
const TYPING_PAUSE = 150;

/** @type {readonly Instance[]} */
export let matching = [];

/** How much of the list is shown. */
export let listed = 0;

export const filters = /** @type {HTMLFormElement} */ (byId("filters"));

/** The chosen value of each filter. */
function chosenFilters() {
  /** @type {Record<string, string>} */
  const chosen = {};
  for (const [name, value] of new FormData(filters)) chosen[name] = String(value);
  return chosen;
}

/** The arm that the filters are about. */
export const chosenArm = () => chosenFilters()["arm"] ?? meta.against;

/**
 * Whether an instance passes all filters.
 *
 * @param {Instance} instance
 * @param {Readonly<Record<string, string>>} chosen
 */
function passes(instance, chosen) {
  const arm = instance.arms[chosen["arm"] ?? ""];
  const first = instance.arms[meta.against];
  const { text, verdict, change, fired, prompt } = chosen;
  if (verdict && arm?.verdict !== verdict) return false;
  if (fired && arm?.trigger?.fired !== (fired === "yes")) return false;
  if (prompt && instance.prompt !== prompt) return false;
  if (change && change !== `${word(first?.correct)} ${word(arm?.correct)}`) return false;
  for (const [name, value] of Object.entries(chosen)) {
    if (!name.startsWith("stratum ") || value === "") continue;
    if (instance.strata[name.slice("stratum ".length)] !== value) return false;
  }
  return !text || searchable(instance).includes(text.toLowerCase());
}

/** @param {boolean | undefined} right */
const word = (right) => right ? "right" : "wrong";

/**
 * All words of an instance.
 *
 * @param {Instance} instance
 */
function searchable({ id, question, gold, arms }) {
  const answers = Object.values(arms).map(({ text, answer }) => `${text}\n${answer ?? ""}`);
  return [id, question, gold, ...answers].join("\n").toLowerCase();
}

/** Fills the list with what passes the filters. */
export async function filterList() {
  const all = await loadInstances();
  const chosen = chosenFilters();
  matching = all.filter((instance) => passes(instance, chosen));
  listed = 0;
  byId("list").replaceChildren();
  byId("count").textContent = `${matching.length} of ${all.length} instances`;
  listMore();
}

/** Lengthens the list. */
function listMore() {
  const list = byId("list");
  list.querySelector(".more")?.remove();
  const arm = chosenArm();
  list.append(
    ...matching.slice(listed, listed + PAGE_LENGTH).map((instance) => listEntry(instance, arm)),
  );
  listed = Math.min(matching.length, listed + PAGE_LENGTH);
  if (listed < matching.length) {
    const button = element("button", { type: "button" }, `${matching.length - listed} more`);
    button.addEventListener("click", listMore);
    list.append(element("li", { class: "more" }, button));
  }
  markCurrent();
}

/**
 * @param {Instance} instance
 * @param {string} arm
 */
function listEntry({ line, id, question, arms }, arm) {
  const marks = [...new Set([meta.against, arm])].flatMap((name) => {
    const answer = arms[name];
    return answer === undefined ? [] : [mark(answer.correct, name)];
  });
  return element(
    "li",
    {},
    element(
      "a",
      { href: `#instances/${line}` },
      element("span", { class: "marks" }, ...marks),
      element("span", { class: "id" }, id),
      element("span", { class: "snippet" }, question.slice(0, 200)),
    ),
  );
}

/** Marks the open instance in the list, and brings it into view there without moving the page. */
export function markCurrent() {
  const list = byId("list");
  for (const link of list.querySelectorAll("a")) {
    if (link.getAttribute("href") === location.hash) {
      link.setAttribute("aria-current", "true");
      const below = link.offsetTop + link.offsetHeight - list.scrollTop > list.clientHeight;
      if (link.offsetTop < list.scrollTop || below) {
        list.scrollTop = link.offsetTop - list.clientHeight / 2;
      }
    } else {
      link.removeAttribute("aria-current");
    }
  }
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

filters.addEventListener("input", (event) => {
  clearTimeout(typing);
  const isText = event.target instanceof HTMLInputElement;
  typing = setTimeout(filterList, isText ? TYPING_PAUSE : 0);
});
filters.addEventListener("submit", (event) => event.preventDefault());
