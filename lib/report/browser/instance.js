/**
 * One instance: its answers, their difference, and the flow.
 *
 * @module
 */
import { meta } from "./data.js";
import { byId, element, mark, tableOf } from "./elements.js";
import { chosenArm, matching } from "./list.js";

/** @import { Instance } from "../run_data/instances.ts" */

/** Milliseconds that a comparison may take; two long texts without a common word would take minutes. */
const DIFF_TIMEOUT = 1000;

/**
 * Shows an instance.
 *
 * @param {Instance} instance
 */
export function showInstance(instance) {
  const { id, prompt, strata, question, gold } = instance;
  const facts = [`prompt ${prompt}`, ...Object.entries(strata).map((pair) => pair.join(" "))];
  byId("instance").replaceChildren(
    navigation(instance),
    element("h3", { tabindex: "-1" }, id),
    element("p", { class: "note" }, facts.join(" · ")),
    element("div", { class: "text" }, question),
    element("p", {}, "Gold answer: ", element("b", {}, gold)),
    armTable(instance),
    comparison(instance),
    ...flowOf(instance),
  );
}

/**
 * Ways to the list and to the neighbours.
 *
 * @param {Instance} instance
 */
function navigation(instance) {
  const at = matching.indexOf(instance);
  /** @type {(target: Instance | undefined, text: string) => readonly Node[]} */
  const link = (target, text) =>
    target === undefined ? [] : [element("a", { href: `#instances/${target.line}` }, text)];
  return element(
    "p",
    { class: "steps" },
    element("a", { href: "#instances", class: "back" }, "← list"),
    ...(at < 0 ? [] : link(matching[at - 1], "← previous")),
    ...(at < 0 ? [] : link(matching[at + 1], "next →")),
  );
}

/**
 * What each arm made of the instance.
 *
 * @param {Instance} instance
 */
function armTable({ arms }) {
  return tableOf(
    ["arm", "answer", "rule", "verdict", "tokens", "mean log p", "trigger", "corrupted"],
    Object.entries(arms).map(([name, arm]) => [
      name,
      element("span", {}, mark(arm.correct, name), ` ${arm.answer ?? "none"}`),
      arm.rule,
      arm.verdict + (arm.correct && !arm.strict ? " (not by the strict reading)" : ""),
      String(arm.tokens),
      arm.mean === null ? "-" : arm.mean.toFixed(3),
      arm.trigger === null
        ? "-"
        : `${arm.trigger.name} ${brief(arm.trigger.score)}, ${
          arm.trigger.fired ? "fired" : "quiet"
        }`,
      arm.corruptions.map(({ name, positions }) =>
        `${name}${positions.length > 0 ? ` at ${positions.join(", ")}` : ""}`
      ).join("; ") || "-",
    ]),
  );
}

/** @param {number} value */
const brief = (value) =>
  Math.abs(value) >= 0.001 || value === 0
    ? String(Number(value.toPrecision(3)))
    : value.toExponential(1);

/**
 * Two of the instance's answers side by side, with their difference marked.
 *
 * @param {Instance} instance
 */
function comparison(instance) {
  const texts = textsOf(instance);
  const names = Object.keys(texts);
  const arm = chosenArm();
  const left = chooser("Left", names, texts[meta.against] === undefined ? names[0] : meta.against);
  const right = chooser("Right", names, texts[arm] === undefined ? names.at(-1) : arm);
  const [before, after] = [element("div", { class: "text" }), element("div", { class: "text" })];
  const compare = () => {
    const parts = difference(texts[valueOf(left)] ?? "", texts[valueOf(right)] ?? "");
    before.replaceChildren(...parts.before);
    after.replaceChildren(...parts.after);
  };
  left.addEventListener("change", compare);
  right.addEventListener("change", compare);
  compare();
  return element(
    "div",
    {},
    element("h4", {}, "Rationales"),
    element(
      "div",
      { class: "columns" },
      element("div", {}, left, before),
      element("div", {}, right, after),
    ),
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
      if (text !== arm.text) texts[`${name}, correction ${round + 1}`] = text;
    });
  }
  return texts;
}

/**
 * @param {string} label
 * @param {readonly string[]} names
 * @param {string | undefined} chosen
 */
function chooser(label, names, chosen) {
  const options = names.map((name) =>
    element("option", name === chosen ? { value: name, selected: "" } : { value: name }, name)
  );
  return element("label", {}, `${label} `, element("select", {}, ...options));
}

/** @param {HTMLElement} label */
const valueOf = (label) => label.querySelector("select")?.value ?? "";

/**
 * Two texts in parts, with what only one of them has marked; whole where they are too different to compare.
 *
 * @param {string} left
 * @param {string} right
 */
function difference(left, right) {
  const parts = Diff.diffWordsWithSpace(left, right, { timeout: DIFF_TIMEOUT });
  if (parts === undefined) return { before: [left], after: [right] };
  return {
    before: parts.filter(({ added }) => !added)
      .map(({ value, removed }) => removed ? element("del", {}, value) : value),
    after: parts.filter(({ removed }) => !removed)
      .map(({ value, added }) => added ? element("ins", {}, value) : value),
  };
}

/**
 * Where the soft prompt drives the first answer.
 *
 * @param {Instance} instance
 * @returns {readonly Node[]}
 */
function flowOf({ flow, arms }) {
  if (flow === null) return [];
  const corrupted = new Set(arms[chosenArm()]?.corruptions.flatMap(({ positions }) => positions));
  const triggered = Object.values(arms).find(({ trigger }) => trigger !== null);
  const text = arms[meta.against]?.text ?? triggered?.first ?? triggered?.text ?? "";
  return [
    element("h4", {}, "Flow from the soft prompt to each token"),
    tokenHeat(flow, text),
    element("h4", {}, "Accumulation at each virtual token"),
    element(
      "div",
      { class: "cells" },
      ...heat(flow.accumulation, (j) => String(j)).map((cell, j) => {
        if (corrupted.has(j)) cell.classList.add("chosen");
        return cell;
      }),
    ),
    element("p", { class: "note" }, "The framed position is corrupted by the chosen arm."),
  ];
}

/**
 * s_t as the background of each token, or of cells where the run does not say where tokens begin.
 *
 * @param {NonNullable<Instance["flow"]>} flow
 * @param {string} text the first answer
 */
function tokenHeat({ tokens, starts }, text) {
  return starts === undefined
    ? element("div", { class: "cells" }, ...heat(tokens, () => ""))
    : element(
      "div",
      { class: "text" },
      ...heat(tokens, (t) => text.slice(starts[t], starts[t + 1])),
    );
}

/**
 * Elements that are the darker the larger their value; by its root, as one large value would hide all others.
 *
 * @param {readonly number[]} values
 * @param {(at: number) => string} textOf
 */
function heat(values, textOf) {
  const most = values.reduce((max, value) => Math.max(max, value), 0);
  return values.map((value, at) => {
    const made = element("span", { class: "heat", title: `${at}: ${brief(value)}` }, textOf(at));
    made.style.setProperty("--heat", Math.sqrt(most === 0 ? 0 : value / most).toFixed(3));
    return made;
  });
}
