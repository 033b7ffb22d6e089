/**
 * The queue of a run as its coordinator has it.
 *
 * @module
 */
import { Effect, Either } from "effect";
import type { Address } from "./address.ts";
import * as BullMq from "./bullmq.ts";
import { registryOf } from "./run_registry.ts";

/** What is heard of a job; anybody may have written it. */
export interface News {
  readonly id: string;
  /** What a worker is said to have made of it. */
  readonly result?: unknown;
  /** Whether it is said to have failed. */
  readonly failed: boolean;
}

/** What a look at a job finds. */
export type Found =
  | { readonly kind: "done"; readonly result: unknown }
  | { readonly kind: "open" }
  | { readonly kind: "missing" };

/** A job to add. */
export interface NewJob {
  readonly id: string;
  readonly data: unknown;
}

/** What a dispatcher needs. */
export interface DispatcherOptions {
  /** Called for every job that ends, and for those that were there before they were put. */
  readonly onNews: (news: News) => void;
  /** Results kept in the queue: more than can be on their way. */
  readonly kept: number;
  readonly log: BullMq.Logger;
}

/** The queue as its coordinator has it. */
export type Dispatcher = Effect.Effect.Success<ReturnType<typeof openDispatcher>>;

/** Milliseconds that a read of events waits for one. */
const EVENT_WAIT = 10_000;

/** Opens the queue of a run for its coordinator. */
export function openDispatcher(
  address: Address,
  run: string,
  { onNews, kept, log }: DispatcherOptions,
) {
  return Effect.gen(function* () {
    const { Queue, QueueEvents } = yield* BullMq.bullmq;
    const queue = yield* BullMq.openQueue(address, run, log);
    const registry = registryOf(yield* BullMq.clientOf(queue), address);
    const report = BullMq.reporter(address, log);
    const events = yield* Effect.acquireRelease(
      Effect.sync(() => new QueueEvents(run, { ...BullMq.connection(address), autorun: false })),
      (events) => Effect.promise(() => BullMq.close(events)),
    );
    events.on("error", report);
    // BullMQ's own loop ends at an event that it can't read, and begins again behind what has come meanwhile
    let last = "$";
    const read = Effect.tryPromise({
      try: () => events.backend.readEvents(last, EVENT_WAIT),
      catch: (error) => report(error as Error),
    }).pipe(
      Effect.map((found) => {
        for (const [id, fields] of eventsOf(found)) {
          last = id;
          const news = newsOf(fields);
          if (news !== undefined) onNews(news);
        }
      }),
      Effect.catchAll(() => Effect.sleep(BullMq.RECONNECT)),
    );
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(read, Effect.yieldNow())));
    const query = BullMq.makeQuery(address);
    const clear = query(() => queue.obliterate({ force: true }));
    return {
      ...registry,
      /** Removes all jobs. */
      clear,
      end: registry.end(run, clear),
      /** Removes the jobs of runs that nobody continues. */
      clearAbandoned: Effect.flatMap(
        registry.abandoned,
        (runs) =>
          Effect.forEach(runs, (name) =>
            query(async () => {
              const other = new Queue(name, BullMq.connection(address));
              other.on("error", () => {});
              await other.obliterate({ force: true }).finally(() => BullMq.close(other));
            })),
      ),
      /** Adds jobs, each unless it is there. */
      put: (jobs: readonly NewJob[]) =>
        query(() =>
          queue.addBulk(jobs.map(({ id, data }) => ({
            name: "example",
            data,
            opts: { jobId: id, removeOnComplete: { count: kept }, removeOnFail: true },
          })))
        ),
      look: (id: string) => {
        const { wait, active } = queue.keys;
        return Effect.map(
          registry.call<readonly [Found["kind"], string?]>(
            "look",
            [queue.toKey(id), wait!, active!],
            [id],
          ),
          ([kind, text]): Found => kind === "done" ? { kind, result: parsed(text) } : { kind },
        );
      },
      remove: (id: string) => query(() => queue.remove(id)),
    };
  });
}

/** What a read of the stream of events gives: ids, each with names and values of fields in turn. */
function eventsOf(found: unknown): readonly (readonly [string, readonly string[]])[] {
  const [stream] = (found ?? []) as readonly (readonly [string, never])[];
  return stream?.[1] ?? [];
}

function newsOf(fields: readonly string[]): News | undefined {
  const field = (name: string) => {
    const at = fields.findIndex((each, place) => place % 2 === 0 && each === name);
    return at < 0 ? undefined : fields[at + 1];
  };
  const [event, id] = [field("event"), field("jobId")];
  if (id === undefined) return undefined;
  switch (event) {
    case "completed":
      return { id, result: parsed(field("returnvalue")), failed: false };
    case "failed":
      return { id, failed: true };
    case "duplicated":
      return { id, failed: false };
    default:
      return undefined;
  }
}

/** BullMQ's JSON of a result, which is text; undefined where it is anything else. */
const parsed = (text: string | undefined): unknown =>
  Either.getOrUndefined(Either.try(() => JSON.parse(text ?? "") as unknown));
