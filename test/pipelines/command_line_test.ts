/**
 * The command line as a person and a script use it; and the same job under Deno, with the permissions of its task.
 *
 * @module
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Effect } from "effect";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dpcHere } from "../dpc_here.ts";
import { dpc as commandLine, type Ended, run as runProgram } from "../programs.ts";
import { COMMANDS } from "../../pipelines/commands.ts";
import denoJson from "../../deno.json" with { type: "json" };
import { arms } from "../../lib/arm/mod.ts";
import { Acceptance, Corruption, Trigger } from "../../lib/dpc/mod.ts";
import { Registry } from "../../lib/registry/mod.ts";
import { extractors, tasks } from "../../lib/task/mod.ts";
import packageJson from "../../package.json" with { type: "json" };

const ROOT = join(import.meta.dirname, "../..");
const ESCAPE = "\x1b";
const JOB = ["--limit", "20", "--arms", "pt,dpc", "--quiet", "--json"];

const run = (...command: readonly string[]): Promise<Ended> =>
  Effect.runPromise(runProgram(command));

const dpc = (...args: readonly string[]) => run(...commandLine(...args));

const here = (name: string, ...args: readonly string[]) =>
  Effect.runPromise(dpcHere(name, ...args));

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

test("every command has a script, a Deno task with named permissions, and examples in its help", async () => {
  const scripts: Readonly<Record<string, string>> = packageJson.scripts;
  const tasks: Readonly<
    Record<string, { readonly description: string; readonly command: string }>
  > = denoJson.tasks;
  for (const [name, { description, load }] of Object.entries(COMMANDS)) {
    const key = name === "evaluate" ? "start" : name;
    assert.is(scripts[key], `node pipelines/dpc.mjs ${name}`);
    const task = tasks[key]!;
    assert.is(task.description, description);
    assert.match(task.command, new RegExp(`^deno run .* pipelines/dpc\\.ts ${name}$`));
    assert.not.match(task.command, /--allow-all|-A\b|--allow-(run|ffi|sys)( |$)/);
    // a queue's server may be anywhere
    if (!["start", "ablate", "worker"].includes(key)) {
      assert.not.match(task.command, /--allow-net( |$)/);
    }
    const { command } = await load();
    const lines = command.help(false).trimEnd().split("\n");
    assert.ok(lines.length <= 50, `${name}: ${lines.length} lines`);
    for (const line of [...lines, ...command.help(true).split("\n")]) {
      assert.ok(line.length <= 80, `${name}: ${line}`);
    }
    assert.match(lines.join("\n"), `npx dpc ${name}`);
  }
});

test("dpc --help lists the commands, and a wrong name ends with code 2 and the nearest one", async () => {
  const { output, code } = await dpc("--help");
  assert.is(code, 0);
  for (const [name, { description }] of Object.entries(COMMANDS)) {
    assert.match(output, new RegExp(`^  ${name} +${description}$`, "m"));
  }
  const wrong = await dpc("evalaute", "--limit", "3");
  assert.is(wrong.code, 2);
  assert.match(
    wrong.errors,
    /^Cannot find the command 'evalaute' \(did you mean 'evaluate'\?\): the commands are [^\n]*\n$/,
  );
  assert.match((await dpc("constructor")).errors, /^Cannot find the command 'constructor': /);
});

/** A text as it was before it was broken into lines. */
const unbroken = (text: string): string => text.replace(/\s+/g, " ");

test("--help-all gives examples and says what every name is, without colour where it is no terminal", async () => {
  const ended = await dpc("evaluate", "--help-all");
  assert.is(ended.code, 0);
  const output = unbroken(ended.output).replaceAll(" \\ ", " ");
  assert.match(output, "npx dpc evaluate --task jsonl --data mine.jsonl");
  for (const [task, { description, templates }] of Object.entries(tasks.entries)) {
    assert.match(output, `${task} (${description})`);
    assert.match(output, `${task} has ${templates.map(({ name }) => name).join(", ")}`);
  }
  for (const registry of [arms, extractors, Acceptance.registry]) {
    assert.match(output, Registry.help(registry));
  }
  assert.not(output.includes(ESCAPE));
});

test("ablate --help-all says what every trigger, corruption and acceptance rule is", async () => {
  const output = unbroken((await here("ablate", "--help-all")).output);
  for (const registry of [Trigger.registry, Corruption.registry, Acceptance.registry]) {
    assert.match(output, Registry.help(registry));
  }
});

test("an unknown name ends with one line that suggests the nearest", async () => {
  const { errors, code } = await here("evaluate", "--task", "gsm");
  assert.is(code, 1);
  assert.match(
    errors,
    /^Cannot find the task 'gsm' \(did you mean 'gsm8k'\?\): the tasks are .*\n$/,
  );
});

test("--completions completes options in a shell", async () => {
  const { output } = await dpc("--completions", "bash");
  const script = `${output}\nCOMP_WORDS=(dpc report --rec); COMP_CWORD=2; ` +
    '_dpc_bash_completions dpc; echo "${COMPREPLY[@]}"';
  assert.is((await run("bash", "-c", script)).output.trim(), "--recompute");
});

test("a wrong option ends with code 2 and one line that names it and the one that was meant", async () => {
  const { errors, output, code } = await dpc("evaluate", "--limt", "3");
  assert.is(code, 2);
  assert.is(output, "");
  assert.is(
    errors,
    "Unknown option '--limt' (did you mean --limit?): npx dpc evaluate --help lists the options\n",
  );
});

const MISTAKES: Readonly<Record<string, string>> = {
  "evaluate --arms=base --limt=3": "Unknown option '--limt' (did you mean --limit?)",
  "evaluate -limit 3": "Unknown option '-limit' (did you mean --limit?)",
  "evaluate --zzzzzz": "Unknown option '--zzzzzz': npx",
  "report --recompte runs/x": "Unknown option '--recompte' (did you mean --recompute?)",
  "report runs/x --hepl": "Unknown option '--hepl' (did you mean --help?)",
  "calibrate --act-cde 100": "Unknown option '--act-cde' (did you mean --act-code?)",
  "evaluate --quantize int9":
    "--quantize must be one of int8, int8-saliency, q8, q4: found 'int9' (did you mean int8?)",
  "evaluate --extractor=mth": "found 'mth' (did you mean math?)",
  "evaluate --limit": "--limit needs a value, N",
  "evaluate --limit --json": "--limit needs a value, N",
  "evaluate --limit 3 --limit 4": "--limit may be given once only",
  "evaluate --json=3": "--json takes no value",
  "evaluate 5": "Unexpected '5', which belongs to no option",
  "evaluate --json yes 5": "Unexpected '5'",
  "compare runs/a": "Missing <run>",
  tune: "Missing --out DIR",
  "evaluate --limit x": "--limit must be a whole number, at least 1: found 'x'",
  "evaluate --seed 1.5": "--seed must be a whole number: found '1.5'",
  "evaluate --temperature -1": "--temperature must be a number from 0 to 100: found '-1'",
};

test("each mistake on a command line is one line that names the option and what it should be", async () => {
  for (const [line, message] of Object.entries(MISTAKES)) {
    const [name = "", ...words] = line.split(" ");
    const { errors, output, code } = await here(name, ...words);
    assert.is(code, 2, line);
    assert.is(output, "", line);
    assert.ok(errors.includes(message), `${line}: ${errors}`);
    assert.is(errors.split("\n").length, 2, errors);
  }
});

test("a count below the least that makes sense ends with code 2 and says what it must be", async () => {
  for (const name of ["slots", "workers", "limit"]) {
    const { errors, code } = await here("evaluate", `--${name}`, "0");
    assert.is(code, 2);
    assert.match(errors, `--${name} must be a whole number, at least 1`);
  }
});

test("what a file says of itself does not steer the terminal", async ({ folder }) => {
  const model = join(folder, "model");
  cpSync(join(ROOT, "data/model"), model, { recursive: true });
  rmSync(join(model, "model.safetensors"));
  const index = { weight_map: { "model.norm.weight": "a\u001b[2J\u202e/b" } };
  writeFileSync(join(model, "model.safetensors.index.json"), JSON.stringify(index));
  const { errors, code } = await here("evaluate", "--model", model);
  assert.is(code, 1);
  assert.match(errors, /may only name files beside it: found 'a\uFFFD\[2J\uFFFD\/b'\n$/);
});

test("--json prints nothing but the results, and Deno gives the same tokens as Node", async ({ folder }) => {
  const [hereTo, there] = [join(folder, "node"), join(folder, "deno")];
  const node = await dpc("evaluate", ...JOB, "--run", hereTo);
  assert.is(node.errors, "");
  const { run: directory, report, ...summary } = JSON.parse(node.output);
  assert.is(directory, hereTo);
  assert.is(report, pathToFileURL(join(hereTo, "report.html")).href);
  assert.equal(summary, JSON.parse(readFileSync(join(hereTo, "results.json"), "utf8")));
  assert.is(summary.n, 20);

  const deno = await run(
    join(ROOT, "node_modules/.bin/deno"),
    "task",
    "--quiet",
    "start",
    ...JOB,
    "--run",
    there,
  );
  assert.is(deno.code, 0, deno.errors);
  assert.equal(samplesOf(there), samplesOf(hereTo));
  assert.ok(existsSync(join(there, "report.html")));
});

test("--open prints the report's address where no browser can open it", async ({ folder }) => {
  const { output } = await dpc("report", join(folder, "node"), "--open");
  assert.is(output, `Report: ${pathToFileURL(join(folder, "node/report.html")).href}\n`);
});

test.run();
