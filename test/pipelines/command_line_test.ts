/**
 * The command line as a person and a script use it; and the same job under Deno, with the permissions of its task.
 *
 * @module
 */
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { arms } from "../../lib/arm/mod.ts";
import { Acceptance, Corruption, Trigger } from "../../lib/dpc/mod.ts";
import { Registry } from "../../lib/registry/mod.ts";
import { extractors, tasks } from "../../lib/task/mod.ts";
import packageJson from "../../package.json" with { type: "json" };

const ROOT = join(import.meta.dirname, "../..");
const ESCAPE = "\x1b";
const JOB = ["--limit", "20", "--arms", "pt,dpc", "--quiet", "--json"];

/** What a program printed, and how it ended. */
interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs a program to its end. */
async function run(program: string, ...rest: readonly string[]): Promise<Outcome> {
  const options = { cwd: ROOT, env: process.env };
  return await promisify(execFile)(program, rest, options).then(
    (printed) => ({ ...printed, code: 0 }),
    (error: Outcome) => error,
  );
}

const bin = (name: string): string => join(ROOT, "node_modules/.bin", name);

const onNode = (pipeline: string, ...rest: readonly string[]) =>
  run(bin("tsx"), `pipelines/${pipeline}.ts`, ...rest);

/** Lines of samples.jsonl without the times. */
const samplesOf = (directory: string): readonly unknown[] =>
  readFileSync(join(directory, "samples.jsonl"), "utf8").trim().split("\n").map((line) =>
    JSON.parse(line, (key, value) => key === "milliseconds" ? undefined : value)
  );

const test = suite<{ folder: string }>("command line");

test.before((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "command-line-"));
});

test.after(({ folder }) => rmSync(folder, { recursive: true }));

test("every program has a script, a Deno task with named permissions, and examples in its help", () => {
  const source = (file: string) => readFileSync(join(ROOT, "pipelines", file), "utf8");
  const programs = readdirSync(join(ROOT, "pipelines")).filter((file) =>
    file.endsWith(".ts") && /^main\(/m.test(source(file))
  );
  const scripts: readonly string[] = Object.values(packageJson.scripts);
  const tasks: readonly string[] = Object.values(denoJson.tasks);
  for (const program of programs) {
    const path = ` pipelines/${program}`;
    assert.ok(scripts.some((each) => each.endsWith(path)), `${program} has no script`);
    const task = tasks.find((each) => each.endsWith(path));
    assert.ok(task, `${program} has no Deno task`);
    assert.not.match(task!, /--allow-all|-A\b/);
    assert.match(source(program), /withDescription\((Output\.)?describe\(/, program);
  }
});

test("--help gives examples, without colour where it is no terminal", async () => {
  const { stdout, code } = await onNode("evaluate", "--help");
  assert.is(code, 0);
  assert.match(stdout, "npm start -- --task jsonl --data mine.jsonl");
  for (const [task, { description, templates }] of Object.entries(tasks.entries)) {
    assert.match(stdout, `${task} (${description})`);
    assert.match(stdout, `${task} has ${templates.map(({ name }) => name).join(", ")}`);
  }
  for (const registry of [arms, extractors, Acceptance.registry]) {
    assert.match(stdout, Registry.help(registry));
  }
  assert.not(stdout.includes(ESCAPE));
});

test("ablate --help says what every trigger, corruption and acceptance rule is", async () => {
  const { stdout } = await onNode("ablate", "--help");
  for (const registry of [Trigger.registry, Corruption.registry, Acceptance.registry]) {
    assert.match(stdout, Registry.help(registry));
  }
});

test("an unknown name ends with one line that suggests the nearest", async () => {
  const { stderr, code } = await onNode("evaluate", "--task", "gsm");
  assert.is(code, 1);
  assert.match(
    stderr,
    /^Cannot find the task 'gsm' \(did you mean 'gsm8k'\?\): the tasks are .*\n$/,
  );
});

test("--completions completes options in a shell", async () => {
  const { stdout } = await onNode("report", "--completions", "bash");
  const script = `${stdout}\nCOMP_WORDS=(report --rec); COMP_CWORD=1; ` +
    '_report_bash_completions report; echo "${COMPREPLY[@]}"';
  assert.is((await run("bash", "-c", script)).stdout.trim(), "--recompute");
});

test("a wrong option ends with code 2 and a line that names it", async () => {
  const { stderr, code } = await onNode("evaluate", "--limt", "3");
  assert.is(code, 2);
  assert.match(stderr, "--limt");
  assert.not(stderr.includes(ESCAPE));
});

test("a count below the least that makes sense ends with code 2 and says what it must be", async () => {
  for (const name of ["slots", "workers", "limit"]) {
    const { stderr, code } = await onNode("evaluate", `--${name}`, "0");
    assert.is(code, 2);
    assert.match(stderr, `--${name} must be a whole number, at least 1`);
  }
});

test("what a file says of itself does not steer the terminal", async ({ folder }) => {
  const model = join(folder, "model");
  cpSync(join(ROOT, "data/model"), model, { recursive: true });
  rmSync(join(model, "model.safetensors"));
  const index = { weight_map: { "model.norm.weight": "a\u001b[2J\u202e/b" } };
  writeFileSync(join(model, "model.safetensors.index.json"), JSON.stringify(index));
  const { stderr, code } = await onNode("evaluate", "--model", model);
  assert.is(code, 1);
  assert.match(stderr, /may only name files beside it: found 'a\uFFFD\[2J\uFFFD\/b'\n$/);
});

test("--json prints nothing but the results, and Deno gives the same tokens as Node", async ({ folder }) => {
  const [here, there] = [join(folder, "node"), join(folder, "deno")];
  const node = await onNode("evaluate", ...JOB, "--run", here);
  assert.is(node.stderr, "");
  const { run: directory, report, ...summary } = JSON.parse(node.stdout);
  assert.is(directory, here);
  assert.is(report, pathToFileURL(join(here, "report.html")).href);
  assert.equal(summary, JSON.parse(readFileSync(join(here, "results.json"), "utf8")));
  assert.is(summary.n, 20);

  const deno = await run(bin("deno"), "task", "--quiet", "start", ...JOB, "--run", there);
  assert.is(deno.code, 0, deno.stderr);
  assert.equal(samplesOf(there), samplesOf(here));
  assert.ok(existsSync(join(there, "report.html")));
});

test("--open prints the report's address where no browser can open it", async ({ folder }) => {
  const { stdout } = await onNode("report", join(folder, "node"), "--open");
  assert.is(stdout, `Report: ${pathToFileURL(join(folder, "node/report.html")).href}\n`);
});

test.run();
