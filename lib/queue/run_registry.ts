/**
 * What is written on a queue beside its jobs: which run it serves, and what workers must know of it.
 *
 * @module
 */
import { Effect, type Scope } from "effect";
import type { Address, QueueError } from "./address.ts";
import { type Asked, asker, type Notice, openQueue, PREFIX, type Queue } from "./bullmq.ts";

/** Keys beside BullMQ's own. */
const PLAN = `${PREFIX}:plan`;
const RUN = `${PREFIX}:run`;
const JUST_OVER = `${PREFIX}:just-over`;
const COORDINATOR = `${PREFIX}:coordinator`;

/** What stands before the id of a run that is over. */
const ENDED = "ended:";
/** Milliseconds for which it is known that a run is over: its workers may sleep for long, or open a large model. */
const MEMORY = 24 * 3_600_000;
/** Milliseconds for which it has just ended: a worker that comes then is late, not early. */
const FAREWELL = 60_000;

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

/** The run that a queue serves. */
export interface Board {
  readonly run: Asked<ServedRun | undefined>;
  /** The text of its plan. */
  readonly plan: Asked<string | undefined>;
}

/** What a coordinator writes. */
export interface Writer extends Board {
  /** The coordinator that lives now, if one does. */
  readonly coordinator: Asked<Coordinating | undefined>;
  /** Writes the plan. */
  readonly announce: (run: string, plan: string) => Asked<void>;
  /** Says that the coordinator lives, for so many milliseconds. */
  readonly beat: (coordinator: Coordinating, milliseconds: number) => Asked<void>;
  /** Says that the run is over. */
  readonly end: (run: string) => Asked<void>;
}

/** Opens a queue to look at the run that it serves. */
export function openBoard(
  address: Address,
  notice: Notice,
): Effect.Effect<Board, QueueError, Scope.Scope> {
  return Effect.flatMap(openQueue(address, notice), (queue) => writerOf(queue, address));
}

/** Writes on an open queue. */
export function writerOf(queue: Queue, address: Address): Effect.Effect<Writer> {
  return Effect.map(Effect.promise(() => queue.backend.client), (client) => {
    const ask = asker(address);
    return {
      run: ask(async () => {
        const run = await client.get(RUN);
        if (run === null) return undefined;
        if (!run.startsWith(ENDED)) return { id: run, state: "open" };
        const id = run.slice(ENDED.length);
        return { id, state: await client.get(JUST_OVER) === id ? "just over" : "over" };
      }),
      plan: ask(async () => await client.get(PLAN) ?? undefined),
      coordinator: ask(async () => {
        const [run, process] = (await client.get(COORDINATOR))?.split(" ") ?? [];
        return run === undefined || process === undefined ? undefined : { run, process };
      }),
      announce: (run, plan) =>
        ask(async () => {
          await client.set(PLAN, plan);
          await client.set(RUN, run);
        }),
      beat: ({ run, process }, milliseconds) =>
        ask(() => client.set(COORDINATOR, `${run} ${process}`, { PX: milliseconds })),
      end: (run) =>
        ask(async () => {
          await client.set(JUST_OVER, run, { PX: FAREWELL });
          await client.set(RUN, ENDED + run, { PX: MEMORY });
          await client.del(PLAN, COORDINATOR);
        }),
    };
  });
}
