/**
 * Programs as processes of their own, under Node and Deno: the command `dpc`, and files of the tests.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { Effect, type Scope } from "effect";

/** How a program ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** What it wrote to stdout. */
  readonly output: string;
  /** What it wrote to stderr. */
  readonly errors: string;
}

/** A running program. */
export interface Program {
  readonly pid: number;
  /** What it has written so far, to stdout and to stderr. */
  readonly written: () => string;
  /** Ends when the program has written the word, or has ended. */
  readonly said: (word: string) => Effect.Effect<void>;
  readonly signal: (name: NodeJS.Signals) => Effect.Effect<void>;
  readonly isRunning: () => boolean;
  readonly ended: Effect.Effect<Ended>;
}

/** How to start programs. */
export interface StartOptions {
  /** Words before the command: those that enter a network namespace, or bind a processor. */
  readonly inside?: readonly string[];
  /** Folder that it runs in. */
  readonly cwd?: string;
}

const isDeno = "Deno" in globalThis;

/** The command line of `dpc` under the present runtime. */
export const dpc = (...args: readonly string[]): readonly string[] => {
  const pipelines = join(import.meta.dirname!, "../pipelines");
  const entry = isDeno ? ["run", "-A", join(pipelines, "dpc.ts")] : [join(pipelines, "dpc.mjs")];
  return [process.execPath, ...entry, ...args];
};

/** The command line of a TypeScript file of the tests, by its path from test/, under the present runtime. */
export const testFile = (file: string, ...args: readonly string[]): readonly string[] => {
  const at = (name: string) => join(import.meta.dirname!, name);
  return [
    process.execPath,
    ...(isDeno ? ["run", "-A", at(file)] : [at("start.mjs"), file]),
    ...args,
  ];
};

/** Starts a program; it does not outlive the scope. */
export function start(
  command: readonly string[],
  options: StartOptions = {},
): Effect.Effect<Program, never, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.sync(() => spawnProgram(command, options)),
    ({ signal }) => signal("SIGKILL"),
  );
}

/** Runs a program to its end. */
export const run = (command: readonly string[], options?: StartOptions): Effect.Effect<Ended> =>
  Effect.scoped(Effect.flatMap(start(command, options), ({ ended }) => ended));

function spawnProgram(command: readonly string[], { inside = [], cwd }: StartOptions): Program {
  const [program = "", ...rest] = [...inside, ...command];
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], cwd });
  let [output, errors, written] = ["", "", ""];
  const listeners = new Set<() => void>();
  const heard = () => listeners.forEach((listener) => listener());
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
    written += text;
    heard();
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
    written += text;
    heard();
  });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code, signal) => {
      resolve({ code, signal, output, errors });
      heard();
    })
  );
  return {
    pid: child.pid ?? 0,
    written: () => written,
    said: (word) =>
      Effect.async<void>((resume) => {
        const look = () => {
          if (isRunning() && !written.includes(word)) return;
          listeners.delete(look);
          resume(Effect.void);
        };
        listeners.add(look);
        look();
      }),
    signal: (name) => Effect.sync(() => void child.kill(name)),
    isRunning,
    ended: Effect.promise(() => ended),
  };
}
