/**
 * What may differ between two snapshots though the programs do the same: times, the machine, versions, hashes of code, places. Each of
 * them becomes a mark such as <time>.
 *
 * @module
 */
import { gunzipSync } from "node:zlib";

/** Where a snapshot was made. */
export interface Places {
  /** The source tree. */
  readonly tree: string;
  /** The folder that the programs ran in. */
  readonly work: string;
}

/** Values of JSON that may differ, by key. `date` is of lm-evaluation-harness' results. */
const MASKED: ReadonlySet<string> = new Set([
  ...["time", "date", "milliseconds", "seconds", "total_evaluation_time_seconds"],
  ...["version", "revision", "dependencies", "runtime", "machine", "format"],
]);

/** Numbers of bench.json that are measured. */
const MEASURED: ReadonlySet<string> = new Set(["ours", "other", "ratio"]);

/** In texts: what, and what it becomes. */
const TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d[:-]\d\d[:-]\d\d(\.\d+)?Z?/g, "<time>"],
  [/"(milliseconds|format)":\s*\d+/g, '"$1":<n>'],
  [/(runs\/[\w-]+?)-[0-9a-f]{8}\b/g, "$1-<configuration>"],
  [/redis:\/\/127\.0\.0\.1:\d{4,5}/g, "redis://<address>"],
  // progress
  [/^[^\n]* ETA [\d:]+[^\n]*\n/gm, ""],
  [/^(\S+ )0\/\d+ \(0 %\)\n/gm, ""],
  [/ {2}[\d.]+(\/s| s each) {2}in \d+:\d\d/g, "  <rate>"],
  [/in \d+ s \(\d+ tokens\/s\)/g, "in <time>"],
  // bench
  [/^work +this .*\n-+\n/gm, "<head of the table>\n"],
  [/^(decode, batch 1:?) +\d+\.\d+/gm, "$1 <n>"],
  [
    /This machine reads \d+ GB and makes \d+ billion/g,
    "This machine reads <n> GB and makes <n> billion",
  ],
  // reproduce --plan
  [/^((?:tune|calibrate|choose heads|evaluate) .*?) +\d+\.\d\d$/gm, "$1 <hours>"],
];

/** Of reports: code and what depends on its hash. Blocks of instances are unpacked. */
const PAGES: readonly (readonly [RegExp, string | ((...parts: string[]) => string)])[] = [
  [/<meta http-equiv="Content-Security-Policy"[^>]*>/g, "<policy>"],
  [/<script type="module">[^]*?<\/script>/g, "<code>"],
  [/<dt>(dependencies|runtime)<\/dt><dd><details>[^]*?<\/details><\/dd>/g, "<$1>"],
  [/<dt>machine<\/dt><dd><dl>[^]*?<\/dl><\/dd>/g, "<machine>"],
  [/<dt>(version|revision)<\/dt><dd>[^<]*/g, "<dt>$1</dt><dd><$1>"],
  [/<h3>Times<\/h3>[^]*?<\/table>/g, "<times>"],
  [
    /(<script type="text\/plain" class="block">)([^<]*)/g,
    (_, tag = "", block = "") => tag + gunzipSync(Buffer.from(block, "base64")).toString("utf8"),
  ],
];

/** A text without what may differ. */
export function normaliseText(text: string, { tree, work }: Places): string {
  const placed = text.replaceAll(work, "<work>").replaceAll(tree, "<tree>");
  return TEXTS.reduce((rest, [pattern, mark]) => rest.replace(pattern, mark), placed);
}

/** A page of HTML without what may differ. */
export function normalisePage(text: string, places: Places): string {
  const unpacked = PAGES.reduce(
    (rest, [pattern, mark]) => rest.replace(pattern, mark as string),
    text,
  );
  return normaliseText(unpacked, places);
}

/** A value of JSON without what may differ. */
export function normaliseJson(value: unknown, places: Places): unknown {
  if (typeof value === "string") return normaliseText(value, places);
  if (Array.isArray(value)) return value.map((item) => normaliseJson(item, places));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const masked = MASKED.has(key) || MEASURED.has(key) && typeof item === "number";
      return [normaliseText(key, places), masked ? `<${key}>` : normaliseJson(item, places)];
    }),
  );
}
