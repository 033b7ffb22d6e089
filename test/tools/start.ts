/**
 * How a source tree starts a command. The one place that knows where its programs are: adapt it when they move.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { execPath } from "node:process";
import { pathToFileURL } from "node:url";

/** Programs whose file is not named after their command. */
const FILES: Readonly<Record<string, string>> = { tune: "tune_prompt", fetch: "fetch_data" };

/**
 * The words that start a command of a tree: `dpc COMMAND` where package.json has a `bin`, else `node --import tsx pipelines/COMMAND.ts`.
 *
 * @param tree the root of the source tree
 * @param command "evaluate", "tune", "word-problems", ...: the name in package.json's scripts, with "evaluate" for "start"
 */
export function commandLine(tree: string, command: string): readonly string[] {
  const { bin } = JSON.parse(readFileSync(join(tree, "package.json"), "utf8"));
  if (bin !== undefined) {
    const entry = join(tree, typeof bin === "string" ? bin : bin.dpc);
    return [execPath, ...(entry.endsWith(".ts") ? loader(tree) : []), entry, command];
  }
  const program = `pipelines/${FILES[command] ?? command.replaceAll("-", "_")}.ts`;
  if (!existsSync(join(tree, program))) {
    throw new Error(`Cannot start '${command}' as '${tree}' has no bin and no ${program}`);
  }
  return [execPath, ...loader(tree), join(tree, program)];
}

/** tsx, by its whole path, as programs run in other folders. */
const loader = (tree: string): readonly string[] => [
  "--import",
  pathToFileURL(createRequire(join(tree, "package.json")).resolve("tsx")).href,
];

/** The words that run the suites whose path has one of these parts, in the tree's root: compiled, where the tree does so. */
export function testCommand(tree: string, suites: readonly string[]): readonly string[] {
  const compiled = join(tree, "test/start.mjs");
  return existsSync(compiled)
    ? [execPath, compiled, "run.ts", ...suites]
    : sourceTestCommand(tree, suites);
}

/** The same by tsx: through the maps of compiled files, which hold many sources, c8 finds lines and no branches. */
export const sourceTestCommand = (tree: string, suites: readonly string[]): readonly string[] => [
  ...[execPath, ...loader(tree), join(tree, "test/run.ts")],
  ...suites,
];
