/**
 * Runs the uvu suites under test/: all of them, or those whose path contains one of the arguments
 * (`npm run test:node -- onnx autodiff`). Property tests draw the same cases each time, so that a change is what a failure comes from;
 * `FC_SEED=7` draws others.
 *
 * One process more than there are cores share the suites (`PARTS=1`: one), as some wait for the clock or for programs they start. Each asks for the next when it has done one, and the slowest,
 * by durations.json, come first. `RECORD=1` writes that file anew. It holds processor time, their programs' included, which says the same on a
 * busy machine as on a quiet one.
 *
 * @module
 */
import { fork } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import durations from "./durations.json" with { type: "json" };

/** What uvu prints at the end. */
const SUMMARY =
  /\n {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)\n {2}Duration: .*\n*$/;

/** Suites that take less processor time than this, in seconds, are not in durations.json. */
const SHORT = 0.5;

/** What a process says once it is ready for a suite; one that it has run comes with its outcome. */
interface Ready {
  readonly name?: string;
  readonly failed?: boolean;
  /** Processor time that it took. */
  readonly seconds?: number;
}

const known: Readonly<Record<string, number>> = durations;
const suites = readdirSync(import.meta.dirname!, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith("_test.ts"))
  .sort((a, b) => (known[b] ?? 0) - (known[a] ?? 0) || a.localeCompare(b));

const wanted = process.argv.slice(2);
const chosen = suites.filter((name) =>
  wanted.length === 0 || wanted.some((part) => name.includes(part))
);
if (process.env["DPC_TEST_PART"] !== undefined) await serve();
else if (chosen.length === 0) {
  console.error(`Cannot run tests as no suite matches: ${wanted.join(", ")}`);
  process.exit(1);
} else if ("Deno" in globalThis) await runHere(chosen);
else await deal(chosen);

/** Makes uvu run what it is told, suite by suite. */
async function suiteRunner(): Promise<(name: string) => Promise<{ readonly failed: boolean }>> {
  const uvu = globalThis as { UVU_DEFER?: number; UVU_INDEX?: number; UVU_QUEUE?: unknown[][] };
  // before uvu is loaded: it would begin on its own
  uvu.UVU_DEFER = 1;
  const { exec } = await import("uvu");
  fc.configureGlobal({ seed: Number(process.env["FC_SEED"] ?? 0) });
  return async (name) => {
    uvu.UVU_QUEUE!.splice(0, Infinity, [name]);
    uvu.UVU_INDEX = 0;
    let failed = true;
    try {
      await import(moduleOf(name));
      await exec();
      failed = process.exitCode === 1;
    } catch (error) {
      console.error(`${name} could not be run:`, error);
    }
    process.exitCode = 0;
    return { failed };
  };
}

/** Runs suites one after the other in this process. */
async function runHere(names: readonly string[]): Promise<void> {
  const runSuite = await suiteRunner();
  const failed: string[] = [];
  for (const name of names) if ((await runSuite(name)).failed) failed.push(name);
  if (failed.length > 0) console.error(`Failed: ${failed.join(", ")}`);
  process.exit(failed.length > 0 ? 1 : 0);
}

/** Runs suites as they are sent. */
async function serve(): Promise<void> {
  const runSuite = await suiteRunner();
  process.on("message", async (name: string) => {
    const start = processorSeconds();
    const { failed } = await runSuite(name);
    process.send!({ name, failed, seconds: processorSeconds() - start } satisfies Ready);
  });
  // so that it ends as a program does, with what it may write then: coverage
  process.once("SIGTERM", () => process.exit());
  process.send!({} satisfies Ready);
}

/** Processor time of this process, and under Linux of the programs that it started and that have ended, in seconds. */
function processorSeconds(): number {
  if (process.platform !== "linux") return process.cpuUsage().user / 1e6;
  const [, fields = ""] = /^.*\) (.*)$/s.exec(readFileSync("/proc/self/stat", "utf8")) ?? [];
  // utime, stime, cutime and cstime, in hundredths
  return fields.split(" ").slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

/** Shares the suites among processes and adds up what they came to. */
async function deal(names: readonly string[]): Promise<void> {
  const left = [...names];
  const start = performance.now();
  const total = { tests: 0, passed: 0, skipped: 0 };
  const seconds: Record<string, number> = {};
  let failed = false;
  const part = async () => {
    const child = fork(process.argv[1]!, [], {
      execArgv: [...process.execArgv, "--enable-source-maps"],
      env: {
        ...process.env,
        DPC_TEST_PART: "1",
        ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}),
      },
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    let output = "";
    const show = (text: string) => {
      const [, tests, passed, skipped] = SUMMARY.exec(text)?.map(Number) ?? [];
      total.tests += tests ?? 0;
      total.passed += passed ?? 0;
      total.skipped += skipped ?? 0;
      process.stdout.write(`${text.replace(SUMMARY, "")}\n`);
    };
    let current: string | undefined;
    child.stdout!.setEncoding("utf8").on("data", (text: string) => output += text);
    child.on("message", (state: Ready) => {
      // what it printed before may still be under way
      setTimeout(() => {
        if (output !== "") show(output);
        output = "";
        failed ||= state.failed ?? false;
        if (state.name !== undefined) seconds[state.name] = state.seconds!;
        current = left.shift();
        if (current === undefined) child.kill();
        else child.send(current);
      }, 20);
    });
    await once(child, "close");
    if (current === undefined) return;
    process.stdout.write(output);
    console.error(`The process that ran ${current} died`);
    failed = true;
  };
  const parts = Math.min(Number(process.env["PARTS"] ?? availableParallelism() + 1), left.length);
  await Promise.all(Array.from({ length: parts }, part));
  process.stdout.write(
    `\n  Total:     ${total.tests}\n  Passed:    ${total.passed}\n  Skipped:   ${total.skipped}\n` +
      `  Duration:  ${((performance.now() - start) / 1000).toFixed(0)} s\n` +
      `  Processor: ${
        Object.values(seconds).reduce((sum, each) => sum + each, 0).toFixed(0)
      } s\n\n`,
  );
  if (process.env["RECORD"] !== undefined) record(seconds);
  // of a suite whose hook fails uvu says nothing but that none of its tests passed
  process.exit(failed || total.passed + total.skipped < total.tests ? 1 : 0);
}

/** Where a suite is: beside this file, which under Node has been compiled. */
function moduleOf(name: string): string {
  const folder = join(process.argv[1]!, "..");
  const isSource = process.argv[1]!.endsWith(".ts");
  return pathToFileURL(join(folder, isSource ? name : name.replace(/\.ts$/, ".js"))).href;
}

function record(seconds: Readonly<Record<string, number>>): void {
  const slow = Object.entries({ ...known, ...seconds })
    .filter(([name, time]) => time >= SHORT && suites.includes(name))
    .sort(([, a], [, b]) => b - a)
    .map(([name, time]) => [name, Math.round(time * 10) / 10]);
  writeFileSync(
    join(import.meta.dirname!, "durations.json"),
    `${JSON.stringify(Object.fromEntries(slow), null, 2)}\n`,
  );
}
