/**
 * Says what differs between two snapshots of snapshot_programs.ts: `npx tsx test/tools/compare_snapshots.ts BEFORE AFTER [--all]
 * [--only GROUP,GROUP]`. They are equal but for what normalise.ts takes out and the renames of renames.json, a list of [from, to, why]:
 *
 * - a text, with all its occurrences in BEFORE (in outputs, files and their names) replaced;
 * - from null: a key of JSON that AFTER may have beside BEFORE's;
 * - to null: a key of JSON that AFTER need not have.
 *
 * A few differences of each output are printed; with --all every one. The exit code is 1 if there are any.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exit } from "node:process";
import { parseArgs } from "node:util";
import { normaliseJson, normalisePage, normaliseText, type Places } from "./normalise.ts";

/** A rename: from, to, why. */
type Rename = readonly [from: string | null, to: string | null, why: string];

/** Differences of an output that are printed. */
const FEW = 5;
/** Characters of a value that are printed. */
const WIDTH = 160;

const { values, positionals } = parseArgs({
  options: { all: { type: "boolean", default: false }, only: { type: "string" } },
  allowPositionals: true,
});
const [before, after] = positionals;
if (before === undefined || after === undefined) {
  console.error("Usage: compare_snapshots.ts BEFORE AFTER [--all] [--only GROUP,...]");
  exit(2);
}
const renames: readonly Rename[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "renames.json"), "utf8"),
);
const added = new Set(renames.flatMap(([from, to]) => from === null ? [to] : []));
const dropped = new Set(renames.flatMap(([from, to]) => to === null ? [from] : []));

/** A side of the comparison. */
interface Side {
  readonly folder: string;
  /** What a text of this side is called on the other. */
  readonly rename: (text: string) => string;
}

const renamed = (text: string): string =>
  renames.reduce((rest, [from, to]) => from && to ? rest.replaceAll(from, to) : rest, text);
const sides: readonly [Side, Side] = [
  { folder: before, rename: renamed },
  { folder: after, rename: (text) => text },
];

/** What an invocation left: exit codes, outputs, files by normalised name. */
function read({ folder, rename }: Side, invocation: string): ReadonlyMap<string, unknown> {
  const at = (...names: readonly string[]) => join(folder, invocation, ...names);
  const text = (file: string) => rename(readFileSync(file, "utf8"));
  const parts = new Map<string, unknown>();
  const { tree, work, code, workerCode, written, removed } = JSON.parse(
    readFileSync(at("result.json"), "utf8"),
  );
  const places: Places = { tree, work };
  parts.set("exit code", [code, workerCode ?? null]);
  parts.set("removed files", removed.map(rename));
  for (const name of ["stdout", "stderr", "worker.stdout", "worker.stderr"]) {
    if (existsSync(at(name))) parts.set(name, parse(text(at(name)), name, places));
  }
  for (const [original, hash] of Object.entries(written)) {
    const name = normaliseText(rename(original), places);
    const file = at("files", original);
    // what is no text is known by its hash
    parts.set(name, existsSync(file) ? parse(text(file), name, places) : hash);
  }
  return parts;
}

/** A file's content as values: JSON, rows of JSON, or lines. */
function parse(text: string, name: string, places: Places): unknown {
  if (name.endsWith(".html")) return normalisePage(text, places).split("\n");
  if (/^\s*[{[]/.test(text)) {
    try {
      return normaliseJson(JSON.parse(text), places);
    } catch {
      // rows, or no JSON after all
    }
  }
  if (name.endsWith(".jsonl")) {
    return text.trimEnd().split("\n").map((row) => {
      try {
        return normaliseJson(JSON.parse(row), places);
      } catch {
        return row;
      }
    });
  }
  return normaliseText(text, places).split("\n");
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** The differences of two values, each with the way to it. */
function* differences(a: unknown, b: unknown, path: string): Generator<string> {
  if (a === b) return;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) {
    yield `${path}: ${shown(a, b)} -> ${shown(b, a)}`;
    return;
  }
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const way = path === "" ? key : `${path}.${key}`;
    if (!Object.hasOwn(a, key)) {
      if (!added.has(key)) yield `${way}: absent -> ${shown(b[key])}`;
    } else if (!Object.hasOwn(b, key)) {
      if (!dropped.has(key)) yield `${way}: ${shown(a[key])} -> absent`;
    } else yield* differences(a[key], b[key], way);
  }
}

/** The start of a value; of a long text from a little before where it differs from the other. */
function shown(value: unknown, other?: unknown): string {
  const text = JSON.stringify(value) ?? "absent";
  if (text.length <= WIDTH) return text;
  const otherText = JSON.stringify(other) ?? "";
  let same = 0;
  while (same < otherText.length && text[same] === otherText[same]) same++;
  const start = Math.max(0, Math.min(same - 40, text.length - WIDTH));
  return `${start === 0 ? "" : "..."}${text.slice(start, start + WIDTH)}...`;
}

const wanted = values.only?.split(",");

/** Names of the invocations of a snapshot. */
const invocationsOf = ({ folder }: Side): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && (wanted?.includes(entry.name) ?? true))
    .flatMap(({ name }) => readdirSync(join(folder, name)).map((each) => `${name}/${each}`));

let count = 0;
const lists = sides.map(invocationsOf);
for (const name of new Set(lists.flat().toSorted())) {
  const missing = sides.find((_, i) => !lists[i]!.includes(name));
  if (missing !== undefined) {
    count++;
    console.log(`${name}: is not in ${missing.folder}`);
    continue;
  }
  const [a, b] = [read(sides[0], name), read(sides[1], name)];
  for (const part of new Set([...a.keys(), ...b.keys()])) {
    const found = [...differences(a.get(part), b.get(part), "")];
    if (found.length === 0) continue;
    count += found.length;
    console.log(`${name} ${part}: ${found.length}`);
    const printed = values.all ? found : found.slice(0, FEW);
    for (const line of printed) console.log(`  ${line.replace(/^: /, "")}`);
    if (printed.length < found.length) console.log("  ...");
  }
}
console.log(`${count} ${count === 1 ? "difference" : "differences"}`);
exit(count === 0 ? 0 : 1);
