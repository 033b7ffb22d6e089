/**
 * Makes the mistakes of mutants_table.ts, one at a time, in a copy of a source tree, and says which the tests find: `npx tsx
 * test/tools/mutants.ts --tree DIR [--only TEXT] [--out FILE]`. Before, the same suites must pass without a mistake. The exit code is 1
 * if one survives, or its source is not found exactly once.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { env, exit } from "node:process";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { type Mutant, MUTANTS } from "./mutants_table.ts";
import { testCommand } from "./start.ts";

/** Milliseconds that the suites of a mutant may take; it counts as found if they take longer. */
const LIMIT = 600_000;

const { values } = parseArgs({
  options: { tree: { type: "string" }, only: { type: "string" }, out: { type: "string" } },
});
if (values.tree === undefined) {
  console.error("Usage: mutants.ts --tree DIR [--only TEXT] [--out FILE]");
  exit(2);
}
const tree = resolve(values.tree);
const copy = join(mkdtempSync(join(tmpdir(), "mutants-")), "tree");
const { out, only = "" } = values;
if (out !== undefined) rmSync(out, { force: true });

function say(line: string): void {
  console.log(line);
  if (out !== undefined) appendFileSync(out, `${line}\n`);
}

/** Files below a folder of the copy. */
const filesOf = (folder: string, ending: string): readonly string[] =>
  readdirSync(join(copy, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath, entry.name));

/** Runs suites; gives how they ended and the titles of tests that failed. */
function test(suites: readonly string[]) {
  const [program = "", ...args] = testCommand(copy, suites);
  const { status, stdout } = spawnSync(program, args, {
    cwd: copy,
    encoding: "utf8",
    env: { ...env, NO_COLOR: "1", PARTS: "1" },
    timeout: LIMIT,
    killSignal: "SIGKILL",
    maxBuffer: 2 ** 28,
  });
  const failed = stripVTControlCharacters(stdout).matchAll(/^ *FAIL +(.*)$/gm);
  return { status, failed: [...failed].map(([, title]) => title!) };
}

/** Where the source of a mutant stands. */
function placesOf({ find }: Mutant): readonly string[] {
  const sources = [...filesOf("lib", ".ts"), ...filesOf("pipelines", ".ts")];
  return sources.flatMap((file) =>
    new Array<string>(readFileSync(file, "utf8").split(find).length - 1).fill(file)
  );
}

/** Makes a mistake, and says what came of it; true if it was found. */
function tried(mutant: Mutant): boolean {
  const { name, find, replace, suites } = mutant;
  const places = placesOf(mutant);
  const [file] = places;
  if (file === undefined || places.length > 1) {
    const where = places.map((place) => place.slice(copy.length + 1)).join(", ");
    say(`NOT TRIED  ${name}: its source is there ${places.length} times (${where || find})`);
    return false;
  }
  const source = readFileSync(file, "utf8");
  writeFileSync(file, source.replace(find, () => replace));
  const began = performance.now();
  const { status, failed } = test(suites);
  writeFileSync(file, source);
  const where = file.slice(copy.length + 1);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const found = status !== 0;
  const by = status === null ? `no end in ${LIMIT / 1000} s` : failed[0] ?? "the suite did not end";
  say(
    found
      ? `killed     ${name} (${where}, ${seconds} s): ${by}`
      : `SURVIVED   ${name} (${where}, ${seconds} s): ${suites.join(", ")} passed`,
  );
  return found;
}

cpSync(tree, copy, {
  recursive: true,
  filter: (path) => !/^\/(node_modules|\.git|runs|dist)$/.test(path.slice(tree.length)),
});
symlinkSync(join(tree, "node_modules"), join(copy, "node_modules"));
const mutants = MUTANTS.filter(({ name }) => name.includes(only));
const suites = [...new Set(mutants.flatMap((mutant) => mutant.suites))];
const paths = filesOf("test", "_test.ts").map((file) => file.slice(copy.length + 1));
const absent = suites.filter((part) => !paths.some((path) => path.includes(part)));
if (absent.length > 0) {
  say(`Cannot try mutants as no suite's path has ${absent.join(", ")}`);
  exit(1);
}
const { status, failed } = test(suites);
if (status !== 0) {
  say(`Cannot try mutants as tests fail without one: ${failed.join("; ") || "the suites' end"}`);
  exit(1);
}
const found = mutants.filter(tried).length;
say(`${found} of ${mutants.length} killed`);
if (existsSync(copy)) rmSync(join(copy, ".."), { recursive: true });
exit(found === mutants.length ? 0 : 1);
