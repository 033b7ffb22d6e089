/**
 * One instance: question, answers, their difference, and the flow.
 *
 * @module
 */
import { addressOf } from "./address.js";
import { answers } from "./answers.js";
import { firstText, loadInstances } from "./data.js";
import { brief, byId, element, mark, tableOf } from "./elements.js";
import { chosenArm, filterQuery } from "./filters.js";
import { heatMap, scaleOf } from "./heat.js";
import { matching } from "./list.js";

/** @import { Instance } from "../run_data/instances.ts" */

/**
 * Shows an instance.
 *
 * @param {Instance} instance
 */
export async function showInstance(instance) {
  const { id, prompt, draw, strata, question, gold, promptText } = instance;
  const drawn = draw === undefined ? [] : [`answer ${draw} of those drawn`];
  const facts = [
    `prompt ${prompt}`,
    ...drawn,
    ...Object.entries(strata).map((pair) => pair.join(" ")),
  ];
  byId("instance").replaceChildren(
    navigation(instance),
    element("h3", { tabindex: "-1" }, id),
    element("p", { class: "note" }, facts.join(" · ")),
    element("h4", {}, "Question"),
    element("div", { class: "text question" }, question),
    element("p", {}, "Gold answer: ", element("b", {}, gold)),
    element(
      "details",
      {},
      element("summary", {}, "The text that the model read"),
      element("div", { class: "text" }, promptText),
    ),
    armTable(instance),
    answers(instance),
    ...await flowOf(instance),
  );
}

/**
 * Ways to the list and to the neighbours.
 *
 * @param {Instance} instance
 */
function navigation(instance) {
  const at = matching.indexOf(instance);
  const query = filterQuery();
  /** @type {(target: Instance | undefined, text: string) => readonly Node[]} */
  const link = (target, text) =>
    target === undefined
      ? []
      : [element("a", { href: addressOf("instances", query, target.id) }, text)];
  const copy = element("button", { type: "button" }, "Copy as JSON");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(JSON.stringify(instance, null, 2));
    copy.textContent = "Copied";
  });
  return element(
    "p",
    { class: "steps" },
    element("a", { href: addressOf("instances", query), class: "back" }, "← list"),
    ...(at < 0 ? [] : link(matching[at - 1], "← previous")),
    ...(at < 0 ? [] : [element("span", { class: "note" }, `${at + 1} of ${matching.length}`)]),
    ...(at < 0 ? [] : link(matching[at + 1], "next →")),
    ...(navigator.clipboard === undefined ? [] : [copy]),
  );
}

/**
 * What each arm made of the instance.
 *
 * @param {Instance} instance
 */
function armTable({ arms }) {
  return tableOf(
    ["arm", "answer", "rule", "verdict", "tokens", "mean log p", "trigger", "correction"],
    Object.entries(arms).map(([name, arm]) => [
      name,
      element("span", {}, mark(arm.correct, name), ` ${arm.answer ?? "none"}`),
      arm.rule,
      arm.verdict + (arm.correct && !arm.strict ? " (not by the strict reading)" : ""),
      String(arm.tokens),
      arm.mean === null ? "-" : brief(arm.mean),
      arm.trigger === null
        ? "-"
        : `${arm.trigger.name} ${brief(arm.trigger.score)}, ${
          arm.trigger.fired ? "fired" : "did not fire"
        }`,
      [
        ...(arm.chosen === undefined ? [] : [`chose ${arm.chosen}`]),
        ...arm.corruptions.map(({ name, positions }) =>
          `${name}${positions.length > 0 ? ` at ${positions.join(", ")}` : ""}`
        ),
      ].join("; ") || "-",
    ]),
    "What each arm made of the instance",
  );
}

/** @typedef {{ tokens: readonly number[], positions: readonly number[] }} Scales */

/** @type {Promise<Scales> | undefined} */
let scales;

/** The scales of the maps: they are those of the whole run. */
function loadScales() {
  scales ??= loadInstances().then((all) => {
    const flows = all.flatMap(({ flow }) => flow === null ? [] : [flow]);
    return {
      tokens: scaleOf(flows.map(({ tokens }) => tokens)),
      positions: scaleOf(flows.map(({ accumulation }) => accumulation)),
    };
  });
  return scales;
}

/**
 * Where the soft prompt drives the first answer.
 *
 * @param {Instance} instance
 * @returns {Promise<readonly Node[]>}
 */
async function flowOf(instance) {
  const { flow, arms } = instance;
  if (flow === null) return [];
  const scales = await loadScales();
  const arm = chosenArm();
  const corrupted = new Set(arms[arm]?.corruptions.flatMap(({ positions }) => positions));
  const text = firstText(instance);
  const { tokens, starts } = flow;
  /** @param {number} t */
  const token = (t) => starts === undefined ? "" : text.slice(starts[t], starts[t + 1]);
  return [
    element("h4", {}, "Flow from the soft prompt to each token of the first answer, s_t"),
    heatMap(tokens, {
      label: "Flow to each token",
      scale: scales.tokens,
      kind: starts === undefined ? "cells" : "text",
      textOf: token,
      nameOf: (t) => `token ${t} ${JSON.stringify(token(t))}`,
    }),
    element("h4", {}, "Accumulation at each position of the soft prompt, a(j)"),
    heatMap(flow.accumulation, {
      label: "Accumulation at each position",
      scale: scales.positions,
      kind: "cells",
      textOf: String,
      nameOf: (j) => `position ${j}`,
      framed: corrupted,
    }),
    element(
      "p",
      { class: "note" },
      corrupted.size > 0 ? `Framed: corrupted by ${arm}. ` : `${arm} corrupts no position here. `,
      "The colours begin at 30, 50, 70, 85, 95 and 99 % of the values of all instances in this report; saliency has no unit.",
    ),
  ];
}
