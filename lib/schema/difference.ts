/**
 * How two configurations differ, key by key and in plain words: what a run, a tuning or a training that is continued is compared by.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** One key that differs, in plain words: text as it is, a list with commas, "absent" where there is none. */
export interface Difference {
  /** Keys from the outside in, joined by dots. */
  readonly key: string;
  /** As it was. */
  readonly recorded: string;
  /** As it is now. */
  readonly current: string;
}

/**
 * A configuration as a file can hold it. Numbers that JSON lacks become text, as null would make an endless threshold equal to an
 * undefined one.
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
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [was, is] = [before.get(key), after.get(key)];
    if (was === is) return [];
    const [plainWas, plainIs] = [plain(was), plain(is)];
    // the number 5 and the text "5" look alike
    return plainWas === plainIs
      ? [{ key, recorded: was ?? "absent", current: is ?? "absent" }]
      : [{ key, recorded: plainWas, current: plainIs }];
  });
}

/** Characters of a key or value that a line shows, and keys that are listed. */
const SHOWN = 80;
const LISTED = 30;

/**
 * A line for each difference, "limit: 50 in the run, 200 now", and one that counts those beyond the first thirty.
 *
 * @param recorded where the recorded value is found: "in the run"
 */
export function describeDifferences(
  all: readonly Difference[],
  recorded: string,
  current = "now",
): readonly string[] {
  const more = all.length - LISTED;
  return [
    ...all.slice(0, LISTED).map((each) =>
      `${brief(each.key)}: ${brief(each.recorded)} ${recorded}, ${brief(each.current)} ${current}`
    ),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

function brief(text: string): string {
  const line = text.slice(0, SHOWN + 1).replace(/\p{Cc}+/gu, " ");
  return text.length <= SHOWN ? line : `${line.slice(0, SHOWN)}...`;
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

/** The values of a JSON tree as JSON, by their path; a list of plain values and an empty object are values. */
function leaves(
  value: unknown,
  key = "",
  into: Map<string, string> = new Map(),
): Map<string, string> {
  const entries = isTree(value) ? Object.entries(value) : [];
  if (entries.length === 0) into.set(key === "" ? "(all)" : key, JSON.stringify(value));
  for (const [name, inner] of entries) leaves(inner, key === "" ? name : `${key}.${name}`, into);
  return into;
}

const isTree = (value: unknown): value is object =>
  typeof value === "object" && value !== null &&
  !(Array.isArray(value) && value.every((each) => typeof each !== "object" || each === null));

function plain(json: string | undefined): string {
  if (json === undefined) return "absent";
  const value: unknown = JSON.parse(json);
  if (value === null) return "none";
  return Array.isArray(value) && value.length > 0
    ? value.join(",")
    : typeof value === "string" && value !== ""
    ? value
    : json;
}
