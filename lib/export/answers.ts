/**
 * The answers of a run as a table, one row an answer, for pandas, R and other tools.
 *
 * @module
 */
import type { ArmSample, Sample } from "../results/mod.ts";

/** The type of a column. */
export type ColumnType = "string" | "boolean" | "integer" | "float";

/** A value of a cell; null where there is none. */
export type Cell = string | number | boolean | null;

/** A column of the table. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Its value for what an arm made of an example. */
  readonly value: (sample: Sample, arm: ArmSample, name: string) => Cell;
}

const column = (name: string, type: ColumnType, value: Column["value"]): Column => ({
  name,
  type,
  value,
});

/**
 * The columns of the table.
 *
 * @param kinds kinds of strata, each a column `stratum_KIND`
 */
export const columnsOf = (kinds: readonly string[]): readonly Column[] => [
  column("id", "string", ({ example }) => example),
  column("prompt", "string", ({ prompt }) => prompt),
  column("draw", "integer", ({ draw }) => draw ?? 1),
  column("arm", "string", (_, __, name) => name),
  column("correct", "boolean", (_, { correct }) => correct),
  column("verdict", "string", (_, { verdict }) => verdict),
  column("answer", "string", (_, { answer }) => answer),
  column("gold", "string", ({ gold }) => gold),
  column("rule", "string", (_, { rule }) => rule),
  column("tokens", "integer", (_, { tokens }) => tokens),
  column("finish", "string", (_, { finish }) => finish),
  column("lowest", "float", (_, { lowest }) => lowest),
  column("mean", "float", (_, { mean }) => mean),
  column("trigger", "string", (_, { trigger }) => trigger?.name ?? null),
  column("score", "float", (_, { trigger }) => trigger?.score ?? null),
  column("fired", "boolean", (_, { trigger }) => trigger?.fired ?? null),
  column("milliseconds", "float", (_, { milliseconds }) => milliseconds),
  ...kinds.map((kind) =>
    column(
      `stratum_${kind}`,
      "string",
      ({ strata }) => Object.hasOwn(strata, kind) ? strata[kind]! : null,
    )
  ),
  column("question", "string", ({ question }) => question),
  column("first", "string", (_, { first }) => first),
  column("text", "string", (_, { text }) => text),
];

/** The rows of a line of samples.jsonl, one an arm. */
export const rowsOf = (columns: readonly Column[], sample: Sample): readonly (readonly Cell[])[] =>
  Object.entries(sample.arms).map(([name, arm]) =>
    columns.map(({ value }) => value(sample, arm, name))
  );
