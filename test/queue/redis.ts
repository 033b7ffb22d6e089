/**
 * A Redis server for the tests: on a free port, with its files in a temporary folder, restarted at will.
 *
 * @module
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { FileSystem } from "@effect/platform";
import { Effect, type Scope } from "effect";

/** Whether there is a server to run. */
export const available = spawnSync("redis-server", ["--version"]).status === 0;

if (!available) console.log("The queue's tests are skipped as there is no redis-server here");

/** A running server. */
export interface Redis {
  readonly url: string;
  /** Its process now. */
  readonly pid: () => number;
  /** Ends it by a signal and waits for its end. */
  readonly stop: (signal: "SIGTERM" | "SIGKILL") => Effect.Effect<void>;
  readonly start: Effect.Effect<void>;
}

/** What a server is told beside its defaults. */
export interface RedisOptions {
  /** Address it listens on; 127.0.0.1 by default. */
  readonly host?: string;
  readonly password?: string;
  /** Words before the command: those that enter a network namespace. */
  readonly inside?: readonly string[];
  /** Files of its certificate and key: it then speaks TLS alone. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Whether it forgets all when it ends; by default it has an append-only file. */
  readonly forgets?: boolean;
}

/** Starts a server that ends with the scope. */
export function startRedis(
  { host = "127.0.0.1", password, tls, forgets = false, inside = [] }: RedisOptions = {},
): Effect.Effect<Redis, never, FileSystem.FileSystem | Scope.Scope> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = yield* Effect.orDie(fs.makeTempDirectoryScoped());
    const port = yield* Effect.promise(freePort);
    const options = [
      ...(tls === undefined ? ["--port", String(port)] : [
        ...["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "no"],
        ...["--tls-cert-file", tls.cert, "--tls-key-file", tls.key],
      ]),
      ...["--bind", host, "--protected-mode", "no", "--dir", folder, "--save", ""],
      ...["--appendonly", forgets ? "no" : "yes", "--appendfsync", "always"],
      ...(password === undefined ? [] : ["--requirepass", password]),
    ];
    let server: ChildProcess | undefined;
    const stop = (signal: "SIGTERM" | "SIGKILL") =>
      Effect.promise(async () => {
        if (server === undefined) return;
        const ended = new Promise((resolve) => server!.on("exit", resolve));
        server.kill(signal);
        await ended;
        server = undefined;
      });
    const start = Effect.promise(() =>
      new Promise<void>((resolve, reject) => {
        const [program = "", ...rest] = [...inside, "redis-server", ...options];
        server = spawn(program, rest, { stdio: ["ignore", "pipe", "inherit"] });
        server.on("error", reject);
        server.stdout!.on("data", (text) => {
          if (String(text).includes("Ready to accept connections")) resolve();
        });
      })
    );
    yield* Effect.acquireRelease(start, () => stop("SIGKILL"));
    const scheme = tls === undefined ? "redis" : "rediss";
    return { url: `${scheme}://${host}:${port}/0`, pid: () => server?.pid ?? 0, stop, start };
  });
}

/** Says something to a server by hand. */
export const tell = (url: string, ...words: readonly string[]): string =>
  execFileSync("redis-cli", ["-u", url, ...words], { encoding: "utf8" }).trim();

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { readonly port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
