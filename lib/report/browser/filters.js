/**
 * Which instances are listed, and in which order: the form and the address say the same.
 *
 * @module
 */
import { firstIsRight, meta } from "./data.js";
import { byId, byName } from "./elements.js";

/** @import { Instance } from "../run_data/instances.ts" */

/** @typedef {Readonly<Record<string, string>>} Chosen */

export const filters = /** @type {HTMLFormElement} */ (byId("filters"));

/** The value of each filter. */
export function chosenFilters() {
  /** @type {Record<string, string>} */
  const chosen = {};
  for (const [name, value] of new FormData(filters)) chosen[name] = String(value);
  return chosen;
}

const defaults = chosenFilters();

/** The filters that are not as at first. */
export function filterQuery() {
  const changed = Object.entries(chosenFilters())
    .filter(([name, value]) => value !== defaults[name]);
  return new URLSearchParams(changed);
}

/**
 * Sets the form to what an address says.
 *
 * @param {URLSearchParams} query
 */
export function setFilters(query) {
  for (const [name, value] of Object.entries(defaults)) {
    const field = filters.elements.namedItem(name);
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) continue;
    field.value = query.get(name) ?? value;
    // a select without such an option would choose nothing
    if (field.value === "") field.value = value === "" ? "" : value;
  }
}

/** The arm that the filters are about. */
export const chosenArm = () => chosenFilters()["arm"] ?? meta.against;

/**
 * Whether an instance passes all filters.
 *
 * @param {Instance} instance
 * @param {Chosen} chosen
 */
export function passes(instance, chosen) {
  const { text, first, prompt, position, agree } = chosen;
  if (!armPasses(instance.arms[chosen["arm"] ?? ""], chosen)) return false;
  if (first && firstIsRight(instance) !== (first === "right")) return false;
  if (prompt && instance.prompt !== prompt) return false;
  if (position && chosenPosition(instance) !== Number(position)) return false;
  if (agree && armsAgree(instance) !== (agree === "yes")) return false;
  for (const [name, value] of Object.entries(chosen)) {
    if (!name.startsWith("stratum.") || value === "") continue;
    if (instance.strata[name.slice("stratum.".length)] !== value) return false;
  }
  return !text || searchable(instance).includes(text.toLowerCase());
}

/**
 * @param {Instance["arms"][string] | undefined} arm
 * @param {Chosen} chosen
 */
function armPasses(arm, { answer, fired, from, to }) {
  if (answer === "correct" || answer === "not correct") {
    if (arm?.correct !== (answer === "correct")) return false;
  } else if (answer && arm?.verdict !== answer) return false;
  if (fired && arm?.trigger?.fired !== (fired === "yes")) return false;
  const score = arm?.trigger?.score ?? NaN;
  return !(from && !(score >= Number(from))) && !(to && !(score < Number(to)));
}

/** @param {Instance} instance */
function armsAgree({ arms }) {
  return new Set(Object.values(arms).map(({ correct }) => correct)).size < 2;
}

/**
 * The first of the positions where most accumulates.
 *
 * @param {Instance} instance
 */
function chosenPosition({ flow }) {
  return flow === null ? -1 : flow.accumulation.indexOf(Math.max(...flow.accumulation));
}

/**
 * All words of an instance.
 *
 * @param {Instance} instance
 */
function searchable({ id, question, gold, arms }) {
  const answers = Object.values(arms).map(({ text, answer }) => `${text}\n${answer ?? ""}`);
  return [id, question, gold, ...answers].join("\n").toLowerCase();
}

/** @type {Readonly<Record<string, (instance: Instance, arm: string) => number | null | undefined>>} */
const SORT_KEYS = {
  score: ({ arms }, arm) => arms[arm]?.trigger?.score,
  tokens: ({ arms }, arm) => arms[arm]?.tokens,
  mean: ({ arms }, arm) => arms[arm]?.mean,
};

/**
 * What an instance is sorted by, where that is a number.
 *
 * @param {Instance} instance
 * @param {Chosen} chosen
 */
export const sortKey = (instance, { sort = "", arm = "" }) => SORT_KEYS[sort]?.(instance, arm);

/**
 * The instances in the chosen order; those without a value come last.
 *
 * @param {readonly Instance[]} instances
 * @param {Chosen} chosen
 */
export function sorted(instances, chosen) {
  const { sort } = chosen;
  if (!sort) return instances;
  if (sort === "id") return [...instances].sort((a, b) => byName(a.id, b.id));
  const sign = sort === "mean" ? 1 : -1;
  /** @param {Instance} instance */
  const key = (instance) => sign * (sortKey(instance, chosen) ?? sign * Infinity);
  return [...instances].sort((a, b) => key(a) === key(b) ? 0 : key(a) - key(b));
}
