/**
 * The run page: configuration and sessions, whatever they hold, and times.
 *
 * @module
 */
import { type Html, markup, type Part, table } from "../html/mod.ts";
import type { RunFile } from "../../run/mod.ts";
import type { ArmTime } from "../run_data/mod.ts";

/** What run.json says, and how long examples took. */
export function runPage({ config, sessions }: RunFile, times: readonly ArmTime[]): Html {
  const tables = sessions.map((session, i) => {
    const which = sessions.length > 1 ? `${i + 1} of ${sessions.length}` : "";
    return markup`<h3>${`Session ${which}`.trim()}</h3>\n${valueList(session)}`;
  });
  return markup`<h3>Configuration</h3>\n${valueList(config)}\n${tables}\n${timeTable(times)}`;
}

function timeTable(times: readonly ArmTime[]): Html {
  const rows = times.map(({ arm, mean, longest, work, saliency }) =>
    [arm, ...[mean, longest, work, saliency].map((seconds) => seconds?.toFixed(2) ?? "-")] as const
  );
  return markup`<h3>Times</h3>
${table(["arm", "mean, s", "longest, s", "work, s", "of it saliency, s"], rows, { label: "Times" })}
<p class="note">From an example's start to an arm's answer: mostly waiting, as other examples are worked on beside it, so no measure of work; arms share what they have in common. Work is the engine's mean time on an example's answers and their saliency, without waiting, what arms share counted in each; runs of earlier versions leave saliency out of it.</p>`;
}

/** A JSON value as a list of its keys; what is long folds. */
function valueList(value: unknown): Part {
  if (!isNested(value)) return valueText(value);
  const entries = Object.entries(value).map(([key, inner]) =>
    markup`<dt>${key}</dt><dd>${
      isLong(inner) ? folded(inner) : key === "memory" ? gibibytes(inner) : valueList(inner)
    }</dd>\n`
  );
  return markup`<dl>${entries}</dl>`;
}

/** Bytes of a machine's memory as people say them. */
const gibibytes = (value: unknown): string =>
  typeof value === "number" ? `${(value / 2 ** 30).toFixed(1)} GiB` : valueText(value);

function folded(value: object): Html {
  const entries = markup`<summary>${Object.keys(value).length} entries</summary>`;
  return markup`<details>${entries}${valueList(value)}</details>`;
}

/** Entries that a value may have before it folds. */
const FOLD = 8;

const isLong = (value: unknown): value is object =>
  isNested(value) && Object.keys(value).length > FOLD;

/** Whether the value is more than a line; an array of plain values is one. */
const isNested = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.keys(value).length > 0 &&
  !(Array.isArray(value) && value.every((each) => typeof each !== "object" || each === null));

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(valueText).join(", ");
  if (typeof value === "object" && value !== null) return "none";
  return typeof value === "string" ? value : JSON.stringify(value) ?? "undefined";
}
