/**
 * Keeps what all programs of a source tree print and write on small inputs: `npx tsx test/tools/snapshot_programs.ts --tree DIR --out DIR
 * [--only GROUP,GROUP] [--jobs N]`. Two snapshots are compared by compare_snapshots.ts. The inputs and command lines are the table of
 * invocations.ts; how a tree starts a command is in start.ts.
 *
 * A snapshot has a folder GROUP/NAME for each invocation: stdout, stderr, result.json with the exit code and the hash of every file that
 * was written, and under files/ those that are text.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { env, exit } from "node:process";
import { parseArgs } from "node:util";
import { writeInputs } from "./inputs.ts";
import type { Group, Invocation } from "./invocation.ts";
import { GROUPS } from "./invocations.ts";
import { startRedis } from "./redis_server.ts";
import { commandLine } from "./start.ts";

/** Milliseconds that an invocation may take; one that takes longer is ended, and its exit code is null. */
const LIMIT = 1_800_000;

/** Files that are kept as text. */
const TEXT = /\.(json|jsonl|html|md|txt|csv|log)$/;

/** Of the tree's data, what programs read. */
const DATA = ["model", "prompts", "benchmark"];

const { values } = parseArgs({
  options: {
    tree: { type: "string" },
    out: { type: "string" },
    only: { type: "string" },
    jobs: { type: "string", default: "2" },
  },
});
if (values.tree === undefined || values.out === undefined) {
  console.error("Usage: snapshot_programs.ts --tree DIR --out DIR [--only GROUP,...] [--jobs N]");
  exit(2);
}
const tree = resolve(values.tree);
const out = resolve(values.out);
const work = mkdtempSync(join(tmpdir(), "snapshot-"));
const home = join(work, "home");

/** What programs find in their environment: nothing of the person's own. */
const environment = {
  PATH: env["PATH"],
  HOME: home,
  DPC_CACHE: join(work, "cache"),
  NO_COLOR: "1",
  TZ: "UTC",
  LANG: "C.UTF-8",
};

/** What a program said, and how it ended. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(line: readonly string[], cwd: string): ChildProcess {
  const [program = "", ...args] = line;
  return spawn(program, args, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
}

function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  child.stdout!.setEncoding("utf8").on("data", (text) => stdout += text);
  child.stderr!.setEncoding("utf8").on("data", (text) => stderr += text);
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
  return new Promise((done) =>
    child.on("close", (code) => {
      clearTimeout(timer);
      done({ code, stdout, stderr });
    })
  );
}

/** The hash of each file of a folder, by its path in it. */
function hashes(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return new Map(
    names.toSorted().map((name) => [
      name,
      createHash("sha256").update(readFileSync(join(folder, name))).digest("hex"),
    ]),
  );
}

const words = (text: string): readonly string[] => text.split(" ").filter((word) => word !== "");

/** Runs an invocation with its worker, if it has one. */
async function run(invocation: Invocation, cwd: string, redis: string | undefined) {
  const argsOf = (text: string) => words(text).map((word) => word.replace("{redis}", redis ?? ""));
  const { command, args, worker, offline } = invocation;
  if (command === "npm") return { main: await pack(argsOf(args)), helper: undefined };
  const line = [...commandLine(tree, command), ...argsOf(args)];
  const helper = worker === undefined
    ? undefined
    : ended(start([...commandLine(tree, "worker"), ...argsOf(worker)], cwd));
  const main = ended(start(offline === true ? ["unshare", "-rn", ...line] : line, cwd));
  return { main: await main, helper: await helper };
}

/** Runs a script of npm in a copy of the tree, and says of its exports which files are not there then. */
async function pack(args: readonly string[]): Promise<Ended> {
  const copy = join(work, "tree");
  cpSync(tree, copy, { recursive: true, filter: (path) => !/\/(node_modules|\.git)$/.test(path) });
  symlinkSync(join(tree, "node_modules"), join(copy, "node_modules"));
  const { stdout, ...rest } = await ended(start(["npm", ...args], copy));
  const { exports } = JSON.parse(readFileSync(join(copy, "package.json"), "utf8"));
  const missing = Object.values(exports).flatMap((target) =>
    typeof target === "string" ? [target] : Object.values(target as Record<string, string>)
  ).filter((file) => !existsSync(join(copy, file)));
  return { ...rest, stdout: `${stdout}missing: ${missing.join(" ") || "nothing"}\n` };
}

/** Runs an invocation and keeps what came of it. */
async function keep(group: Group, invocation: Invocation, cwd: string): Promise<void> {
  const folder = join(out, group.name, invocation.name);
  const before = hashes(cwd);
  const began = performance.now();
  const redis = invocation.worker === undefined ? undefined : await startRedis();
  const { main, helper } = await run(invocation, cwd, redis?.url);
  redis?.stop();
  const seconds = (performance.now() - began) / 1000;
  const after = hashes(cwd);
  const written = [...after].filter(([name, hash]) => before.get(name) !== hash);
  const removed = [...before.keys()].filter((name) => !after.has(name));
  mkdirSync(folder, { recursive: true });
  for (const [prefix, said] of Object.entries({ "": main, "worker.": helper })) {
    if (said === undefined) continue;
    writeFileSync(join(folder, `${prefix}stdout`), said.stdout);
    writeFileSync(join(folder, `${prefix}stderr`), said.stderr);
  }
  const result = {
    tree,
    work,
    line: `${invocation.command} ${invocation.args}`,
    code: main.code,
    ...(helper === undefined ? {} : { workerCode: helper.code }),
    seconds,
    removed,
    written: Object.fromEntries(written),
  };
  writeFileSync(join(folder, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
  for (const [name] of written) {
    if (!TEXT.test(name)) continue;
    const target = join(folder, "files", name);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(join(cwd, name), target);
  }
  console.log(`${group.name}/${invocation.name}: exit ${main.code}, ${seconds.toFixed(1)} s`);
}

async function runGroup(group: Group): Promise<void> {
  const cwd = join(work, group.name);
  for (const name of DATA) {
    cpSync(join(tree, "data", name), join(cwd, "data", name), { recursive: true });
  }
  writeInputs(cwd);
  for (const invocation of group.invocations) await keep(group, invocation, cwd);
}

const wanted = values.only?.split(",");
const groups = GROUPS.filter(({ name, onRequest = false }) => wanted?.includes(name) ?? !onRequest);
for (const { name } of groups) rmSync(join(out, name), { recursive: true, force: true });
mkdirSync(home, { recursive: true });
mkdirSync(out, { recursive: true });
if (spawnSync("redis-server", ["--version"]).status !== 0) {
  console.error(
    "Cannot run the group queue as there is no redis-server: apt-get install redis-server",
  );
  exit(1);
}
// a tree that compiles itself at the first start says so; that is no output of a command
await ended(start([...commandLine(tree, "evaluate"), "--version"], work));
const began = performance.now();
const queue = [...groups];
await Promise.all(Array.from({ length: Number(values.jobs) }, async () => {
  for (let group = queue.shift(); group !== undefined; group = queue.shift()) await runGroup(group);
}));
rmSync(work, { recursive: true, force: true });
console.log(`${out}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
