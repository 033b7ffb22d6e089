/**
 * What makes a run the same run: its configuration, compared key by key.
 *
 * @module
 */
import { Data } from "effect";
import { createHash } from "node:crypto";

/** One key that differs, as JSON text; undefined where the key is absent. */
export interface Difference {
  /** Keys from the outside in, joined by dots. */
  readonly key: string;
  /** As it was, as JSON; undefined if it was not there. */
  readonly recorded: string | undefined;
  /** As it is now, as JSON; undefined if it is not there. */
  readonly current: string | undefined;
}

/** The run directory holds a run of another configuration. */
export class ConfigurationChanged extends Data.TaggedError("ConfigurationChanged")<{
  readonly directory: string;
  readonly differences: readonly Difference[];
}> {
  /** One line for the user. */
  override get message(): string {
    const lines = this.differences.slice(0, LISTED).map(({ key, recorded, current }) =>
      `  ${brief(key)}: ${brief(recorded)} in the run, ${brief(current)} now`
    );
    const more = this.differences.length - lines.length;
    return [
      `Cannot continue the run in '${this.directory}' as its configuration differs ` +
      "(give the recorded options, or another directory):",
      ...lines,
      ...(more > 0 ? [`  and ${more} more`] : []),
    ].join("\n");
  }
}

/** Characters of a key or value that a message shows, and keys that it lists. */
const SHOWN = 80;
const LISTED = 30;

function brief(value: string | undefined): string {
  if (value === undefined) return "absent";
  return value.length <= SHOWN ? value : `${value.slice(0, SHOWN)}...`;
}

/**
 * A configuration as run.json can hold it. Numbers that JSON lacks become text, as null would make an endless threshold equal to
 * an undefined one.
 */
export function toJson(config: unknown): unknown {
  const text = JSON.stringify(
    config,
    (_, value: unknown) =>
      typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
  return text === undefined ? null : JSON.parse(text);
}

/** Every key in which two JSON values differ, in the order of the recorded one; the order of keys is no difference. */
export function differences(recorded: unknown, current: unknown): readonly Difference[] {
  const before = leaves(recorded);
  const after = leaves(current);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => ({ key, recorded: before.get(key), current: after.get(key) }));
}

/**
 * SHA-256 of a configuration: the same for two between which there are no {@linkcode differences}, and for no others.
 *
 * @returns 64 hexadecimal digits
 */
export function configurationHash(config: unknown): string {
  const sorted = [...leaves(toJson(config))].sort(([one], [other]) => one < other ? -1 : 1);
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
}

/** The values of a JSON tree by their path; an empty object or array is a value. */
function leaves(
  value: unknown,
  key = "",
  into: Map<string, string> = new Map(),
): Map<string, string> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (entries.length === 0) into.set(key === "" ? "(all)" : key, JSON.stringify(value));
  for (const [name, inner] of entries) leaves(inner, key === "" ? name : `${key}.${name}`, into);
  return into;
}
