/**
 * Runs the uvu suites under test/: all of them, or those whose path contains one of the arguments
 * (`npm run test:node -- onnx autodiff`). Property tests draw the same cases each time, so that a change is what a failure comes from;
 * `FC_SEED=7` draws others.
 *
 * Much of a suite is waiting for programs that it starts, so as many processes as there are cores share the suites (`PARTS=1`: one).
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { argv, env, execArgv, execPath, exit, stdout } from "node:process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { parse } from "uvu/parse";
import { run } from "uvu/run";

/** What a process of this program is given beside the arguments: which of how many shares is its. */
const SHARE = "DPC_TEST_SHARE";

/** How uvu ends: what a share came to. */
const SUMMARY =
  /\n {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)\n {2}Duration: .*\n*$/;

const wanted = argv.slice(2);
const { suites } = await parse(import.meta.dirname, /_test\.ts$/);
const chosen = suites.filter((suite) =>
  wanted.length === 0 || wanted.some((part) => suite.name.includes(part))
);
if (chosen.length === 0) {
  console.error(`Cannot run tests as no suite matches: ${wanted.join(", ")}`);
  exit(1);
}
const parts = Math.min(Number(env.PARTS ?? availableParallelism()), chosen.length);
const [part, of] = env[SHARE]?.split("/").map(Number) ?? [];
if (part !== undefined || parts === 1) {
  fc.configureGlobal({ seed: Number(env.FC_SEED ?? 0) });
  // neighbours are alike: a part gets some of each kind
  await run(chosen.filter((_, i) => i % (of ?? 1) === (part ?? 0)), { bail: false });
} else {
  await share(parts);
}

/** Runs each share in a process of its own and adds up what they came to. */
async function share(parts: number): Promise<void> {
  const start = performance.now();
  const shares = await Promise.all(Array.from({ length: parts }, (_, part) => {
    const child = spawn(execPath, [...execArgv, fileURLToPath(import.meta.url), ...wanted], {
      env: { ...env, [SHARE]: `${part}/${parts}` },
      stdio: ["ignore", "pipe", "inherit"],
    });
    return finished(child);
  }));
  const sum = (field: number) => shares.reduce((total, { counts }) => total + counts[field]!, 0);
  stdout.write(
    `\n  Total:     ${sum(0)}\n  Passed:    ${sum(1)}\n  Skipped:   ${sum(2)}\n` +
      `  Duration:  ${((performance.now() - start) / 1000).toFixed(0)} s\n\n`,
  );
  exit(shares.some(({ failed }) => failed) ? 1 : 0);
}

/** Shows what a share prints, suite by suite, until it ends. */
async function finished(child: ChildProcess) {
  let rest = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    const suites = (rest + text).split(/\n(?=\n\S)/);
    rest = suites.pop()!;
    for (const suite of suites) stdout.write(`${suite}\n`);
  });
  const [code] = await once(child, "close");
  const [, ...counts] = SUMMARY.exec(rest)?.map(Number) ?? [];
  stdout.write(rest.replace(SUMMARY, "\n"));
  // a share that says nothing of its end did not get there
  return { failed: code !== 0 || counts.length === 0, counts: counts.length ? counts : [0, 0, 0] };
}
