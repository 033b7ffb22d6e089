/**
 * The list of instances.
 *
 * @module
 */
import { addressOf, readAddress, replaceAddress } from "./address.js";
import { loadInstances, meta } from "./data.js";
import { brief, byId, element, mark } from "./elements.js";
import { chosenFilters, filterQuery, filters, passes, sorted, sortKey } from "./filters.js";

/** @import { Instance } from "../run_data/instances.ts" */

/** Entries that the list shows at first, and more at each wish. */
const PAGE_LENGTH = 100;

/** Milliseconds without a key after which a text is searched for. */
const TYPING_PAUSE = 150;

/** Arms beyond which the marks of two stand for all. */
const MOST_MARKS = 6;

/** @type {readonly Instance[]} */
export let matching = [];

/** How much of the list is shown. */
let listed = 0;

/** The filters that the list was made with. */
let listedBy = "none yet";

/** Fills the list with what passes the filters, unless it is there already. */
export async function filterList() {
  const all = await loadInstances();
  const asked = String(filterQuery());
  if (asked !== listedBy) {
    const chosen = chosenFilters();
    matching = sorted(all.filter((instance) => passes(instance, chosen)), chosen);
    listedBy = asked;
    listed = 0;
    const many = all.length === 1 ? "instance" : "instances";
    byId("count").textContent = `${matching.length} of ${all.length} ${many}`;
    byId("list").replaceChildren(...(matching.length === 0 ? [nothing(all.length)] : []));
    listMore();
  }
  markCurrent();
}

/**
 * What stands in an empty list.
 *
 * @param {number} all
 */
function nothing(all) {
  return element(
    "li",
    { class: "empty" },
    ...(all === 0
      ? ["The run has no instance."]
      : ["No instance passes these filters. ", element("a", { href: "#instances" }, "Show all")]),
  );
}

/** Lengthens the list. */
function listMore() {
  const list = byId("list");
  const chosen = chosenFilters();
  list.querySelector(".more")?.remove();
  list.append(
    ...matching.slice(listed, listed + PAGE_LENGTH).map((instance) => listEntry(instance, chosen)),
  );
  listed = Math.min(matching.length, listed + PAGE_LENGTH);
  if (listed < matching.length) {
    const button = element("button", { type: "button" }, `${matching.length - listed} more`);
    button.addEventListener("click", listMore);
    list.append(element("li", { class: "more" }, button));
  }
}

/**
 * @param {Instance} instance
 * @param {Readonly<Record<string, string>>} chosen
 */
function listEntry(instance, chosen) {
  const { id, question, arms } = instance;
  const all = Object.keys(arms);
  const names = all.length > MOST_MARKS ? [meta.against, chosen["arm"] ?? ""] : all;
  const marks = [...new Set(names)].flatMap((name) => {
    const answer = arms[name];
    return answer === undefined ? [] : [mark(answer.correct, name)];
  });
  const key = sortKey(instance, chosen);
  const right = Object.values(arms).filter(({ correct }) => correct).length;
  const rest = all.length > MOST_MARKS ? [`${right} of ${all.length} right `] : [];
  return element(
    "li",
    {},
    element(
      "a",
      { href: addressOf("instances", filterQuery(), id) },
      element("span", { class: "marks" }, ...marks, ...rest),
      element("span", { class: "id" }, id),
      ...(typeof key === "number" ? [element("span", { class: "value" }, brief(key))] : []),
      element("span", { class: "snippet" }, question.slice(0, 200)),
    ),
  );
}

/** Marks the open instance in the list, and brings it into view there without moving the page. */
export function markCurrent() {
  const list = byId("list");
  const { id } = readAddress();
  const current = matching.findIndex((instance) => instance.id === id);
  while (current >= listed) listMore();
  for (const link of list.querySelectorAll("a[aria-current]")) link.removeAttribute("aria-current");
  const link = list.querySelectorAll("li > a")[current];
  if (!(link instanceof HTMLElement)) return;
  link.setAttribute("aria-current", "true");
  const below = link.offsetTop + link.offsetHeight - list.scrollTop > list.clientHeight;
  if (link.offsetTop < list.scrollTop || below) {
    list.scrollTop = link.offsetTop - list.clientHeight / 2;
  }
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;

filters.addEventListener("input", (event) => {
  clearTimeout(typing);
  const isText = event.target instanceof HTMLInputElement;
  typing = setTimeout(() => {
    replaceAddress(addressOf("instances", filterQuery(), readAddress().id));
    return filterList();
  }, isText ? TYPING_PAUSE : 0);
});
filters.addEventListener("submit", (event) => event.preventDefault());
