/**
 * Child processes for the tests that kill them, under Node and Deno.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { Effect, type Scope } from "effect";

/** How a child ended and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
  /** What it wrote to stderr. */
  readonly errors: string;
}

/** A running child. */
export interface Child {
  readonly pid: number;
  /** Ends when the child has written the word, to stdout or stderr, or has ended. */
  readonly said: (word: string) => Effect.Effect<void>;
  readonly kill: Effect.Effect<void>;
  readonly signal: (name: "SIGINT" | "SIGTERM") => Effect.Effect<void>;
  readonly ended: Effect.Effect<Ended>;
}

/** The command line that runs a file, relative to this folder, under the present runtime. */
export function commandOf(file: string): readonly string[] {
  const loader = file.endsWith(".ts") ? ["--import", "tsx"] : [];
  const runtime = "Deno" in globalThis ? ["run", "-A"] : loader;
  return [execPath, ...runtime, fileURLToPath(new URL(file, import.meta.url))];
}

/** Starts a TypeScript file of this folder; it does not outlive the scope. */
export function start(
  file: string,
  ...args: readonly string[]
): Effect.Effect<Child, never, Scope.Scope> {
  return Effect.acquireRelease(Effect.sync(() => spawnChild(file, args)), ({ kill }) => kill);
}

function spawnChild(file: string, args: readonly string[]): Child {
  const [program = "", ...rest] = commandOf(file);
  const child = spawn(program, [...rest, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errors] = ["", ""];
  let listeners: (() => void)[] = [];
  const notify = () => {
    for (const listener of listeners) listener();
  };
  child.stdout.on("data", (data) => {
    output += data;
    notify();
  });
  child.stderr.on("data", (data) => {
    errors += data;
    notify();
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code, signal) => {
      resolve({ code, signal, output, errors });
      notify();
    })
  );
  return {
    pid: child.pid ?? 0,
    said: (word) =>
      Effect.async<void>((resume) => {
        const look = () => {
          const gone = child.exitCode !== null || child.signalCode !== null;
          if (!gone && !`${output}\n${errors}`.includes(word)) return;
          listeners = listeners.filter((listener) => listener !== look);
          resume(Effect.void);
        };
        listeners.push(look);
        look();
      }),
    kill: Effect.sync(() => void child.kill("SIGKILL")),
    signal: (name) => Effect.sync(() => void child.kill(name)),
    ended: Effect.promise(() => ended),
  };
}
