/**
 * What is written on a queue beside its jobs: which run it serves, and what workers must know of it.
 *
 * @module
 */
import { Effect } from "effect";
import type { Address } from "./address.ts";
import { type Logger, makeQuery, openQueue, PREFIX, type Queue } from "./bullmq.ts";

/** Keys beside BullMQ's own. */
const PLAN = `${PREFIX}:plan`;
const RUN = `${PREFIX}:run`;
const RECENTLY_ENDED = `${PREFIX}:just-over`;
const COORDINATOR = `${PREFIX}:coordinator`;

/** What stands before the id of a run that is over. */
const ENDED = "ended:";
/** Milliseconds for which it is known that a run is over: its workers may sleep for long, or open a large model. */
const RUN_TTL = 24 * 3_600_000;
/** Milliseconds for which it has just ended: a worker that comes then is late, not early. */
const END_NOTICE_TTL = 60_000;

/** A run that a queue serves, or served last. */
export interface ServedRun {
  readonly id: string;
  readonly state: "open" | "just over" | "over";
}

/** Who coordinates: two processes may have the same run. */
export interface Coordinating {
  readonly run: string;
  /** Tells processes apart. */
  readonly process: string;
}

/** What a queue says of its run, and what its coordinator writes there. */
export type RunRegistry = Effect.Effect.Success<ReturnType<typeof openRegistry>>;

/** Opens a queue to look at the run that it serves. */
export const openRegistry = (address: Address, log: Logger) =>
  Effect.flatMap(openQueue(address, log), (queue) => registryOf(queue, address));

/** The run of an open queue. */
export const registryOf = (queue: Queue, address: Address) =>
  Effect.map(Effect.promise(() => queue.backend.client), (client) => {
    const query = makeQuery(address);
    return {
      run: query(async (): Promise<ServedRun | undefined> => {
        const run = await client.get(RUN);
        if (run === null) return undefined;
        if (!run.startsWith(ENDED)) return { id: run, state: "open" };
        const id = run.slice(ENDED.length);
        return { id, state: await client.get(RECENTLY_ENDED) === id ? "just over" : "over" };
      }),
      /** The text of its plan. */
      plan: query(async () => await client.get(PLAN) ?? undefined),
      /** The coordinator that lives now, if one does. */
      coordinator: query(async (): Promise<Coordinating | undefined> => {
        const [run, process] = (await client.get(COORDINATOR))?.split(" ") ?? [];
        return run === undefined || process === undefined ? undefined : { run, process };
      }),
      /** Writes the plan. */
      announce: (run: string, plan: string) =>
        query(async () => {
          await client.set(PLAN, plan);
          await client.set(RUN, run);
        }),
      /** Says that the coordinator is alive, for these milliseconds. */
      beat: ({ run, process }: Coordinating, milliseconds: number) =>
        query(() => client.set(COORDINATOR, `${run} ${process}`, { PX: milliseconds })),
      /** Says that the run is over. */
      end: (run: string) =>
        query(async () => {
          await client.set(RECENTLY_ENDED, run, { PX: END_NOTICE_TTL });
          await client.set(RUN, ENDED + run, { PX: RUN_TTL });
          await client.del(PLAN, COORDINATOR);
        }),
    };
  });
