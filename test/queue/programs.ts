/**
 * The programs of a run on many machines as processes of their own, and what may happen to them.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { Effect, type Scope } from "effect";
import { commandOf } from "../run/child.ts";

/** A running program. */
export interface Program {
  readonly pid: number;
  /** What it has printed so far. */
  readonly output: () => string;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly isRunning: () => boolean;
  /** Its exit code, or null where a signal ended it. */
  readonly ended: Effect.Effect<number | null>;
}

/** How to start programs. */
export interface StartOptions {
  /** Words before the command: those that enter a network namespace. */
  readonly inside?: readonly string[];
}

/** Starts a program of pipelines/; it does not outlive the scope. */
export function startProgram(
  file: "evaluate.ts" | "worker.ts",
  args: readonly string[],
  { inside = [] }: StartOptions = {},
): Effect.Effect<Program, never, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.sync(() => {
      const [program = "", ...rest] = [...inside, ...commandOf(`../../pipelines/${file}`), ...args];
      return watch(spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] }));
    }),
    ({ signal }) => Effect.sync(() => signal("SIGKILL")),
  );
}

function watch(child: ChildProcess): Program {
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on("data", (text) => output += text);
  }
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    pid: child.pid ?? 0,
    output: () => output,
    signal: (signal) => void child.kill(signal),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    ended: Effect.promise(() => ended),
  };
}

/** Ends when something holds; looks often. */
export const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.repeat(Effect.sleep(20), { until: () => holds() }).pipe(Effect.asVoid);

/** What a run directory holds, without times. */
export function resultOf(
  directory: string,
): { readonly samples: string; readonly results: string } {
  const read = (name: string) => readFileSync(`${directory}/${name}`, "utf8");
  return {
    samples: read("samples.jsonl").replace(/"milliseconds":\d+/g, '"milliseconds":0'),
    results: read("results.json"),
  };
}

/** Examples that a run directory has. */
export function recorded(directory: string): number {
  const file = `${directory}/samples.jsonl`;
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
}
