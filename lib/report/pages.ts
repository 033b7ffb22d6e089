/**
 * The pages of a report that are drawn when it is made: overview, triggers, flow and run.
 *
 * @module
 */
import { type Analysis, conclusion, Statistics, type Summary, Table } from "../eval/mod.ts";
import { accuracyFigure, costFigure, differenceFigure } from "./figures_arms.ts";
import {
  blockFigures,
  chosenFigure,
  progressFigure,
  shareFigure,
  stepFigure,
} from "./figures_flow.ts";
import { precisionFigure, rocFigure, scoreFigure } from "./figures_trigger.ts";
import { groupKey, tick } from "./figure.ts";
import { type Html, html, type Part } from "./html.ts";
import type { RunFile } from "./run_files.ts";

/** A table that scrolls by itself where the screen is narrow; the first column heads its rows. */
function table(titles: readonly Part[], rows: readonly (readonly Part[])[]): Html {
  return html`
    <div class="scroll" tabindex="0">
      <table>
        <thead>
          <tr>${titles.map((title) => html`<th scope="col">${title}</th>`)}</tr>
        </thead>
        <tbody>${rows.map(([head, ...cells]) =>
          html`<tr><th scope="row">${head ?? null}</th>${
            cells.map((cell) => html`<td>${cell}</td>`)
          }</tr>`
        )}</tbody>
      </table>
    </div>
  `;
}

/** Arms, differences, cost, strata, and what they mean. */
export function overviewPage(summary: Summary): Html {
  const { arms, comparisons, prompts } = summary;
  const against = comparisons[0]?.against;
  return html`
    <p class="lead">${conclusion(summary)}</p>
    <p>${summary.n} examples of ${summary.task}${prompts.length > 1
      ? html`, each under ${prompts.length} prompts (${
        prompts.join(", ")
      }), whose results are pooled`
      : null}.</p>
    <div class="charts">${accuracyFigure(summary)}${differenceFigure(summary)}${costFigure(
      summary,
    )}</div>
    <h3>Arms</h3>
    ${table(
      [
        "arm",
        "correct",
        "of",
        "accuracy, %",
        "95 % interval",
        ...(against === undefined
          ? []
          : [`difference to ${against}`, "95 % interval", "p", "p (Holm)"]),
        "tokens",
        "unparsed",
        "cut off",
      ],
      Object.entries(arms).map(([name, arm]) => {
        const comparison = comparisons.find((each) => each.arm === name);
        return [
          name,
          arm.correct,
          arm.n,
          Table.percent(arm.accuracy),
          Table.percentInterval(arm.interval),
          ...(against === undefined ? [] : [
            Table.points(comparison?.difference ?? null),
            comparison?.interval ? comparison.interval.map(Table.points).join("..") : "-",
            Table.pValue(comparison?.pValue ?? null),
            Table.pValue(comparison?.pValueHolm ?? null),
          ]),
          arm.tokens.toFixed(1),
          arm.unparsed,
          arm.cutOff,
        ];
      }),
    )}
    <p
      class="note">Intervals of accuracies are Wilson's; those of differences come from a paired bootstrap over examples${prompts
          .length > 1
        ? " and prompts"
        : ""}; p is ${prompts.length > 1
        ? "a sign-flip test over examples"
        : "McNemar's exact test"}, and Holm's correction is over the arms of this run.</p>
    ${strataTables(summary)}
  `;
}

/** Accuracy of each arm in each stratum. */
function strataTables({ arms }: Summary): readonly Html[] {
  const entries = Object.entries(arms);
  return Object.entries(entries[0]?.[1].strata ?? {}).map(([key, values]) =>
    html`<h3>Accuracy by ${key}</h3>${
      table(
        [key, "of", ...entries.map(([name]) => name)],
        Object.entries(values).map(([value, { n }]) => [
          value,
          n,
          ...entries.map(([, arm]) => Table.percent(arm.strata[key]?.[value]?.accuracy ?? null)),
        ]),
      )
    }`
  );
}

/** How well each trigger tells wrong answers from right ones, and what the corrections changed. */
export function triggerPage({ triggers, transitions, against }: Analysis): Html {
  const sections = Object.entries(triggers).map(([arm, analysis]) => {
    const { quality, thresholds, trigger } = analysis;
    const { rate, precision, recall, n, fired, wrong, hits } = quality;
    const right = n - wrong;
    return html`
      <h3>${arm}: ${trigger}</h3>
      ${groupKey({ right, wrong })}
      <div class="charts">${scoreFigure(analysis)}${rocFigure(analysis)}${precisionFigure(
        analysis,
      )}</div>
      <div class="columns">
        <div>${table(["first answer", "fired", "did not fire"], [
          ["wrong", hits, wrong - hits],
          ["right", fired - hits, right - (fired - hits)],
        ])}</div>
        <div>${table(["of the trigger", "%", "95 % interval"], [
          ["rate", Table.percent(rate.value), Table.percentInterval(rate.interval)],
          ["precision", Table.percent(precision.value), Table.percentInterval(precision.interval)],
          ["recall", Table.percent(recall.value), Table.percentInterval(recall.interval)],
        ])}</div>
      </div>
      <p class="note">${thresholds.map(({ prompt, above, below }) =>
        html`
          ${prompt}: it fires above a threshold ${thresholdText(above, below)}.
        `
      )}</p>
    `;
  });
  return html`${
    sections.length > 0
      ? sections
      : html`<p class="note">No arm of this run has a trigger that tells instances apart.</p>`
  }
<h3>From ${against} to each arm</h3>
${transitionTable(transitions)}`;
}

function thresholdText(above: number | null, below: number | null): string {
  if (above === null) return `below ${tick(below!)}`;
  return below === null
    ? `of ${tick(above)} or more`
    : `from ${tick(above)} to below ${tick(below)}`;
}

function transitionTable(transitions: Analysis["transitions"]): Html {
  return table(
    ["arm", "right → right", "right → wrong", "wrong → right", "wrong → wrong", "won − lost"],
    Object.entries(transitions).map(([arm, each]: readonly [string, Statistics.Transitions]) => [
      arm,
      each.rightToRight,
      each.rightToWrong,
      each.wrongToRight,
      each.wrongToWrong,
      each.wrongToRight - each.rightToWrong,
    ]),
  );
}

/** Flow over layers, positions and steps, right against wrong. */
export function flowPage({ flow }: Analysis): Html {
  if (flow === null) {
    return html`<p class="note">No arm of this run measured the information flow.</p>`;
  }
  return html`<p>Saliency of the first answers, |Σ<sub>h</sub> A ⊙ ∂L/∂A|: how strongly one position drives another. Bands are 95 % intervals of the mean.</p>
${groupKey({ right: flow.right.n, wrong: flow.wrong.n })}
<h3>Over layers</h3>
<div class="charts">${blockFigures(flow)}</div>
<h3>Over the soft prompt</h3>
<div class="charts">${shareFigure(flow)}${chosenFigure(flow)}</div>
<h3>Over the rationale</h3>
<div class="charts">${progressFigure(flow)}${stepFigure(flow)}</div>`;
}

/** Configuration and sessions. */
export function runPage({ config, sessions }: RunFile): Html {
  return html`<h3>Configuration</h3>
${valueTable(config)}
${
    sessions.map((session, i) =>
      html`<h3>Session ${i + 1}${sessions.length > 1 ? ` of ${sessions.length}` : ""}</h3>
${valueTable(session)}`
    )
  }`;
}

/** A JSON value as a table of its keys; what is nested deeper folds. */
function valueTable(value: unknown): Part {
  if (typeof value !== "object" || value === null) return valueText(value);
  const entries = Object.entries(value);
  return html`<dl>${
    entries.map(([key, inner]) =>
      html`
        <dt>${key}</dt>
        <dd>${isLarge(inner)
          ? html`<details><summary>${Object.keys(inner).length} entries</summary>${
            valueTable(inner)
          }</details>`
          : isNested(inner)
          ? valueTable(inner)
          : valueText(inner)}</dd>
      `
    )
  }</dl>`;
}

/** Entries that a value may have before it folds. */
const FOLD = 8;

const isLarge = (value: unknown): value is object =>
  isNested(value) && Object.keys(value).length > FOLD;

/** Whether the value is more than a line: an array of plain values is one line. */
const isNested = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.keys(value).length > 0 &&
  !(Array.isArray(value) && value.every((each) => typeof each !== "object" || each === null));

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(valueText).join(", ");
  if (typeof value === "object" && value !== null) return "none";
  return typeof value === "string" ? value : JSON.stringify(value) ?? "undefined";
}
