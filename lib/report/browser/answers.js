/**
 * The texts of all arms, each text once, with what differs from one of them marked.
 *
 * @module
 */
import { meta } from "./data.js";
import { element, mark } from "./elements.js";

/** @import { Instance } from "../run_data/instances.ts" */

/** Milliseconds that a comparison may take; two long texts without a common word would take minutes. */
const DIFF_TIMEOUT = 1000;

/**
 * All answers of an instance.
 *
 * @param {Instance} instance
 */
export function answers(instance) {
  const texts = textsOf(instance);
  const names = Object.keys(texts);
  const reference = texts[meta.against] === undefined ? names[0] ?? "" : meta.against;
  const select = /** @type {HTMLSelectElement} */ (element(
    "select",
    {},
    ...names.map((name) => element("option", { value: name }, name)),
  ));
  select.value = reference;
  const columns = element("div", { class: "columns" });
  const groups = groupEqual(texts);
  const compare = () => {
    const base = texts[select.value] ?? "";
    columns.replaceChildren(...groups.map(([text, arms]) => card(instance, { text, arms, base })));
  };
  select.addEventListener("change", compare);
  compare();
  const choice = groups.length < 2
    ? element("p", { class: "note" }, "All arms give the same text.")
    : element(
      "p",
      { class: "choice" },
      element("label", {}, "Compare with ", select),
      element(
        "span",
        { class: "note" },
        "Marked: ",
        element("ins", {}, "added"),
        " ",
        element("del", {}, "missing"),
      ),
    );
  return element(
    "div",
    {},
    element("h4", {}, "Answers"),
    choice,
    columns,
    ...sampledAnswers(instance),
  );
}

/**
 * All answers by name: that of each arm, and those that it rejected.
 *
 * @param {Instance} instance
 */
function textsOf({ arms }) {
  /** @type {Record<string, string>} */
  const texts = {};
  for (const [name, arm] of Object.entries(arms)) {
    texts[name] = arm.text;
    arm.corruptions.forEach(({ text }, round) => {
      if (text !== arm.text) texts[`${name}, correction ${round + 1}, not accepted`] = text;
    });
  }
  return texts;
}

/**
 * Names by their text, in the order of the arms.
 *
 * @param {Readonly<Record<string, string>>} texts
 */
function groupEqual(texts) {
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const [name, text] of Object.entries(texts)) {
    groups.set(text, [...(groups.get(text) ?? []), name]);
  }
  return [...groups];
}

/**
 * A text under the names of those that gave it.
 *
 * @param {Instance} instance
 * @param {{ text: string, arms: readonly string[], base: string }} options
 */
function card({ arms }, { text, arms: names, base }) {
  const titles = names.flatMap((name, at) => {
    const arm = arms[name];
    const marked = arm ? [mark(arm.correct, name), "\u00a0"] : [];
    return [at === 0 ? "" : ", ", ...marked, name];
  });
  return element(
    "div",
    { class: "answer" },
    element("h5", {}, ...titles),
    element("div", { class: "text" }, ...(text === "" ? ["(empty)"] : difference(base, text))),
  );
}

/**
 * A text in parts: what the base has not and what only the base has is marked; whole where they are too different to compare.
 *
 * @param {string} base
 * @param {string} text
 */
function difference(base, text) {
  const parts = base === text
    ? undefined
    : Diff.diffWordsWithSpace(base, text, { timeout: DIFF_TIMEOUT });
  return parts?.map(({ value, added, removed }) =>
    added ? element("ins", {}, value) : removed ? element("del", {}, value) : value
  ) ?? [text];
}

/**
 * Answers that were drawn for a vote.
 *
 * @param {Instance} instance
 */
function sampledAnswers({ arms }) {
  return Object.entries(arms).flatMap(([name, { sampled = [] }]) =>
    sampled.length === 0 ? [] : [element(
      "details",
      {},
      element("summary", {}, `${sampled.length} sampled answers of ${name}`),
      element(
        "div",
        { class: "columns" },
        ...sampled.map((text) => element("div", { class: "text" }, text)),
      ),
    )]
  );
}
