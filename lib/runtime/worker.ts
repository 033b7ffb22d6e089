/**
 * Workers as scoped resources: typed requests, cancellation, and death as a typed error. A run of a session blocks its thread, so
 * sessions live here and the main thread stays free. A worker is a thread, or a process where native code may crash in it: that takes
 * a thread's whole process along.
 *
 * @module
 */
import * as EffectWorker from "@effect/platform/Worker";
import * as NodeWorker from "@effect/platform-node/NodeWorker";
import { Data, Deferred, Effect, Exit, Logger, LogLevel, Scope, Stream } from "effect";
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker as Thread } from "node:worker_threads";

/** A worker that ended, by a crash, a signal, `process.exit` or lack of memory, with requests under way. */
export class WorkerDied extends Data.TaggedError("WorkerDied")<{
  readonly entry: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot go on as the worker '${this.entry}' died: ${this.reason}`;
  }
}

/** What a handler in the worker failed with, as one line. */
export class RequestError extends Data.TaggedError("RequestError")<{ readonly reason: string }> {
  /** One line for the user. */
  override get message(): string {
    return this.reason;
  }
}

/** A running worker. An interrupted request is interrupted in the worker too. */
export interface WorkerThread<Request, Response> {
  /** Sends a request and waits for its one response. */
  readonly execute: (request: Request) => Effect.Effect<Response, WorkerDied | RequestError>;
  /** Sends a request and gives its responses as they come. */
  readonly stream: (request: Request) => Stream.Stream<Response, WorkerDied | RequestError>;
}

const BOOT = new URL("./worker_boot.mjs", import.meta.url);

/** Messages are plain data: what can't be cloned is the caller's defect. */
const requestError = (error: unknown): RequestError =>
  new RequestError({ reason: typeof error === "string" ? error : String(error) });

/** Options of {@linkcode spawn}. */
export interface SpawnOptions {
  /** Start a process instead of a thread, which shares no memory and outlives no crash of another; Deno has threads alone. */
  readonly process?: boolean;
}

/**
 * Starts a worker that answers requests by {@linkcode ./serve.ts}; it ends with the scope.
 *
 * @param entry the worker's module, `new URL("./x_worker.ts", import.meta.url)`
 * @returns the worker, once it is ready; fails with {@linkcode WorkerDied} if it never is
 *
 * @example
 * ```ts ignore
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { spawn } from "dynamic-prompt-corruption/runtime";
 *
 * export const program = Effect.gen(function* () {
 *   const worker = yield* spawn<string, string>(new URL("./shout_worker.ts", import.meta.url));
 *   assert.equal(yield* worker.execute("18"), "18");
 * }).pipe(Effect.scoped);
 * ```
 */
export function spawn<Request, Response>(
  entry: URL,
  { process = false }: SpawnOptions = {},
): Effect.Effect<WorkerThread<Request, Response>, WorkerDied, Scope.Scope> {
  return Effect.gen(function* () {
    const died = yield* Deferred.make<never, WorkerDied>();
    // The library would start a dead worker again without an end: it gets a scope of its own, which closes with its thread.
    const scope = yield* Effect.acquireRelease(Scope.make(), (own) => Scope.close(own, Exit.void));
    const start = (): Thread | ChildProcess => {
      const die = (reason: string) =>
        Deferred.unsafeDone(died, Exit.fail(new WorkerDied({ entry: nameOf(entry), reason })));
      return process && !("Deno" in globalThis)
        ? startProcess(entry, die)
        : startThread(entry, die);
    };
    const worker = yield* Effect.flatMap(
      EffectWorker.WorkerManager,
      (manager) => manager.spawn<Request, Response, string>({}),
    ).pipe(
      Effect.provide(NodeWorker.layer(start)),
      Scope.extend(scope),
      Effect.mapError((error) => new WorkerDied({ entry: nameOf(entry), reason: String(error) })),
      Effect.raceFirst(Deferred.await(died)),
      Logger.withMinimumLogLevel(LogLevel.None),
    );
    yield* Effect.forkScoped(
      Effect.catchAll(Deferred.await(died), () => Scope.close(scope, Exit.void)),
    );
    return {
      execute: (request) =>
        worker.executeEffect(request).pipe(
          Effect.catchAll((error): Effect.Effect<never, WorkerDied | RequestError> =>
            typeof error === "string" ? Effect.fail(requestError(error)) : Deferred.await(died)
          ),
          Effect.raceFirst(Deferred.await(died)),
        ),
      stream: (request) =>
        worker.execute(request).pipe(
          Stream.catchAll((error) =>
            typeof error === "string" ? Stream.fail(requestError(error)) : Stream.never
          ),
          Stream.interruptWhen(Deferred.await(died)),
        ),
    };
  });
}

const textOf = (error: unknown): string => error instanceof Error ? error.message : String(error);

function startThread(entry: URL, die: (reason: string) => void): Thread {
  const thread = new Thread(BOOT, { workerData: { entry: entry.href } });
  thread.on("error", (error) => die(textOf(error)));
  thread.on("exit", (code) => die(`it exited with code ${code}`));
  return thread;
}

/** Characters kept of what a process says last. */
const LAST_WORDS = 8000;
/** Lines in which Node, V8 and C++ say why they end a process. */
const CAUSE = /^(?:\w*Error(?: \[\w+\])?|FATAL ERROR|terminate called| {2}what\(\)): ?(.+)$/m;

function startProcess(entry: URL, die: (reason: string) => void): ChildProcess {
  const child = fork(fileURLToPath(BOOT), [entry.href], {
    serialization: "advanced",
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  let words = "";
  child.stderr?.on("data", (data) => words = `${words}${data}`.slice(-LAST_WORDS));
  child.on("error", (error) => die(textOf(error)));
  child.on("close", (code, signal) => {
    const cause = CAUSE.exec(words)?.[1];
    const end = signal === null ? `it exited with code ${code}` : `${signal} ended it`;
    die(cause === undefined ? end : `${end} (${cause})`);
  });
  return child;
}

const nameOf = (entry: URL): string => entry.pathname.split("/").at(-1)!;
