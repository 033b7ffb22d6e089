/**
 * Which lines and branches of lib/ and pipelines/ the tests reach, in all processes and workers that they start: `npx tsx
 * test/tools/coverage.ts --tree DIR --out FILE`. A process that is killed leaves no coverage. c8 makes the report; npx has it in its own
 * cache. Takes gigabytes of a temporary folder while it runs.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { env, exit } from "node:process";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { sourceTestCommand } from "./start.ts";

const C8 = "c8@12.0.0";

/** Reached, of how many. */
interface Count {
  readonly covered: number;
  readonly total: number;
}

/** What c8 says of a file. */
interface Counts {
  readonly lines: Count;
  readonly branches: Count;
}

const { values, positionals } = parseArgs({
  options: { tree: { type: "string" }, out: { type: "string" } },
  allowPositionals: true,
});
if (values.tree === undefined || values.out === undefined) {
  console.error("Usage: coverage.ts --tree DIR --out FILE [SUITE ...]");
  exit(2);
}
const tree = resolve(values.tree);
const folder = mkdtempSync(join(tmpdir(), "coverage-"));
const raw = join(folder, "raw");

const [program = "", ...args] = sourceTestCommand(tree, positionals);
const began = performance.now();
const tests = spawnSync(program, args, {
  cwd: tree,
  encoding: "utf8",
  env: {
    ...env,
    NO_COLOR: "1",
    NODE_V8_COVERAGE: raw,
    // the same JavaScript in every folder, as counts are added up by its offsets
    TSX_TSCONFIG_PATH: join(tree, "tsconfig.json"),
  },
  stdio: ["ignore", "pipe", "inherit"],
  maxBuffer: 2 ** 30,
});
const seconds = ((performance.now() - began) / 1000).toFixed(0);
const output = stripVTControlCharacters(tests.stdout);
const failed = [...output.matchAll(/^ *FAIL +(.*)$/gm)].map(([, title]) => `failed: ${title}`);
const summary = output.trimEnd().split("\n").slice(-4).map((line) => line.trim()).join("  ");
writeFileSync(`${values.out}.log`, output);

const options = [
  "--include",
  "lib/**/*.ts",
  "--include",
  "pipelines/**/*.ts",
  "--all",
  "--exclude-after-remap",
];
const report = spawnSync(
  "npx",
  [
    ...["--yes", "--package", C8, "c8", "report", "--temp-directory", raw, "--src", tree],
    ...[...options, "--reporter", "json-summary", "--reports-dir", folder, "--merge-async"],
  ],
  { cwd: tree, stdio: "inherit" },
);
if (report.status !== 0) exit(1);
const { total, ...files }: Readonly<Record<string, Counts>> = JSON.parse(
  readFileSync(join(folder, "coverage-summary.json"), "utf8"),
);

/** A line of the table. */
function row(name: string, all: readonly Counts[]): string {
  const share = (kind: keyof Counts) => {
    const sum = (field: keyof Count) => all.reduce((n, counts) => n + counts[kind][field], 0);
    const [covered, of] = [sum("covered"), sum("total")];
    const percent = of === 0 ? "-" : (100 * covered / of).toFixed(2);
    return `${percent.padStart(6)}  ${`${covered}/${of}`.padStart(11)}`;
  };
  return `${name.padEnd(32)}  ${share("lines")}  ${share("branches")}`;
}

const paths = Object.keys(files);
const folderOf = (file: string) => dirname(relative(tree, file));
const rows = [...new Set(paths.map(folderOf))].toSorted().map((name) =>
  row(name, paths.filter((file) => folderOf(file) === name).map((file) => files[file]!))
);
const text = [
  `Tests of ${tree}: ${summary}, ${seconds} s in all, ${readdirSync(raw).length} processes`,
  ...failed,
  `${"folder".padEnd(32)}  ${"lines %".padStart(6)} ${"".padStart(11)}  branches %`,
  ...rows,
  row("total", [total!]),
  ...Object.entries(files).map(([file, counts]) => row(`  ${relative(tree, file)}`, [counts])),
].join("\n");
writeFileSync(values.out, `${text}\n`);
rmSync(folder, { recursive: true, force: true });
console.log([text.split("\n")[0], ...failed, ...rows, row("total", [total!])].join("\n"));
