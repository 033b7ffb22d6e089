/**
 * Workers as scoped resources: typed requests, cancellation, and death as a typed error. A run of a session blocks its thread, so
 * sessions live here and the main thread stays free. A worker is a thread, or a process where native code may crash in it: that takes
 * a thread's whole process along.
 *
 * @module
 */
import * as EffectWorker from "@effect/platform/Worker";
import { isWorkerError, type WorkerError } from "@effect/platform/WorkerError";
import * as NodeWorker from "@effect/platform-node/NodeWorker";
import { Data, Deferred, Effect, Exit, Logger, LogLevel, Scope, Stream } from "effect";
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker as Thread } from "node:worker_threads";
import { decodeFailure, type Failure, type KnownErrors, type RequestError } from "./failure.ts";

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

/** What is sent to a worker: what it is set up with, once, and requests. */
export type Message<Setup, Request> =
  | { readonly setup: Setup }
  | { readonly request: Request };

/** A running worker, a thread or a process; `E` are the errors of its handler. An interrupted request is interrupted in the worker too. */
export interface Worker<Request, Response, E = RequestError> {
  /** Sends a request and waits for its one response. */
  readonly execute: (request: Request) => Effect.Effect<Response, WorkerDied | E>;
  /** Sends a request and gives its responses as they come. */
  readonly stream: (request: Request) => Stream.Stream<Response, WorkerDied | E>;
  /** Ends it at once, in the midst of a computation too. */
  readonly kill: Effect.Effect<void>;
}

const BOOT = new URL("./worker_boot.mjs", import.meta.url);

/** Options of {@linkcode spawn}. */
export interface SpawnOptions<E extends Failure = never, Setup = unknown> {
  /** What the worker is set up with. */
  readonly setup?: Setup;
  /** Classes of the handler's errors, by tag: those arrive as what they were; others as {@linkcode RequestError}. */
  readonly errors?: Partial<KnownErrors<E>>;
  /** Start a process instead of a thread, which shares no memory and outlives no crash of another; Deno has threads alone. */
  readonly process?: boolean;
  /** Most MiB of a thread's heap; as much as Node gives by default. */
  readonly heap?: number;
}

/**
 * Starts a worker that answers requests by {@linkcode ./serve.ts}; it ends with the scope.
 *
 * @param entry the worker's module, `new URL("./x_worker.ts", import.meta.url)`
 * @returns the worker, once it is set up; fails with {@linkcode WorkerDied} if it never is
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
export function spawn<Request, Response, E extends Failure = never, Setup = unknown>(
  entry: URL,
  options: SpawnOptions<E, Setup> = {},
): Effect.Effect<
  Worker<Request, Response, E | RequestError>,
  WorkerDied | E | RequestError,
  Scope.Scope
> {
  const { setup, errors = {}, process = false, heap } = options;
  let end = () => {};
  const kill = Effect.sync(() => end());
  const begin = (scope: Scope.CloseableScope) =>
    Effect.gen(function* () {
      const died = yield* Deferred.make<never, WorkerDied>();
      const start = (): Thread | ChildProcess => {
        const die = (reason: string) =>
          Deferred.unsafeDone(died, Exit.fail(new WorkerDied({ entry: nameOf(entry), reason })));
        if (process && !("Deno" in globalThis)) {
          const child = startProcess(entry, die);
          end = () => void child.kill("SIGKILL");
          return child;
        }
        const thread = startThread(entry, heap, die);
        end = () => void thread.terminate();
        return thread;
      };
      const native = yield* Effect.flatMap(
        EffectWorker.WorkerManager,
        (manager) => manager.spawn<Message<Setup | undefined, Request>, Response, Failure>({}),
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
      // a failure of the connection is the worker's death, which is told with its cause
      const failureOf = (
        error: Failure | WorkerError,
      ): Effect.Effect<never, WorkerDied | E | RequestError> =>
        isWorkerError(error) ? Deferred.await(died) : Effect.fail(decodeFailure<E>(error, errors));
      const send = (message: Message<Setup | undefined, Request>) =>
        native.executeEffect(message).pipe(
          Effect.catchAll(failureOf),
          Effect.raceFirst(Deferred.await(died)),
        );
      yield* send({ setup });
      return {
        execute: (request: Request) => send({ request }),
        stream: (request: Request) =>
          native.execute({ request }).pipe(
            Stream.catchAll(failureOf),
            Stream.interruptWhen(Deferred.await(died)),
          ),
        kill,
      };
    });
  return Effect.flatMap(
    // The library would start a dead worker again without an end: it gets a scope of its own, which closes with its thread.
    Effect.acquireRelease(Scope.make(), (own) => Scope.close(own, Exit.void)),
    (own) => Effect.onError(begin(own), () => Effect.zipRight(kill, Scope.close(own, Exit.void))),
  );
}

const textOf = (error: unknown): string => error instanceof Error ? error.message : String(error);

function startThread(
  entry: URL,
  heap: number | undefined,
  die: (reason: string) => void,
): Thread {
  const thread = new Thread(BOOT, {
    workerData: { entry: entry.href },
    ...(heap === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heap } }),
  });
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
  // once it runs, its end says more than that messages to it fail
  child.on("error", (error) => child.pid === undefined && die(textOf(error)));
  child.on("close", (code, signal) => {
    const cause = CAUSE.exec(words)?.[1];
    const end = signal === null ? `it exited with code ${code}` : `${signal} ended it`;
    die(cause === undefined ? end : `${end} (${cause})`);
  });
  return child;
}

/** Its file without an extension, which compiling changes. */
const nameOf = (entry: URL): string => entry.pathname.split("/").at(-1)!.replace(/\.[jt]s$/, "");
