/**
 * What is written on a server beside the jobs: which runs there are, who coordinates each, and what its workers must know. All of a run
 * begins with its id, so that runs on one server don't meet.
 *
 * @module
 */
import { Effect } from "effect";
import { createHash } from "node:crypto";
import type { Address, QueueError } from "./address.ts";
import {
  type Client,
  clientOf,
  type Logger,
  makeQuery,
  NO_RUN,
  openQueue,
  PREFIX,
} from "./bullmq.ts";
import { SCRIPTS } from "./scripts.ts";

/** Runs that are not over, each with the time when its coordinator last said that it lives. */
const RUNS = `${PREFIX}:runs`;
/** The run that ended last, while that is so short ago that a worker that comes now is late, not early. */
const JUST_OVER = `${PREFIX}:just-over`;
/** The run that ended last. */
const LAST_ENDED = `${PREFIX}:last-ended`;

const keysOf = (run: string) => {
  const key = (name: string) => `${PREFIX}:run:${run}:${name}`;
  return {
    plan: key("plan"),
    epoch: key("epoch"),
    coordinator: key("coordinator"),
    ended: key("ended"),
    workers: key("workers"),
    /** Of BullMQ. */
    meta: `${PREFIX}:${run}:meta`,
  };
};

/** Milliseconds for which it is known that a run is over: its workers may sleep for long, or open a large model. */
const ENDED_TTL = 24 * 3_600_000;
/** See {@linkcode JUST_OVER}. */
const END_NOTICE_TTL = 60_000;
/** Milliseconds after which the jobs of a run that nobody continues are removed. */
const ABANDONED = 7 * 24 * 3_600_000;

/** How a run does, as its workers see it: silent without a sign of its coordinator, gone where the server knows nothing of it. */
export type RunState = "open" | "silent" | "over" | "gone";

/** A run that waits for workers. */
export interface OpenRun {
  readonly id: string;
  /** Workers that it has. */
  readonly workers: number;
}

/** A process's claim to coordinate a run: of two, that with the higher epoch has it. */
export interface Claim {
  readonly epoch: number;
  /** Tells processes apart. */
  readonly process: string;
}

/** What a beat finds: whether the run is another's by now, or the server has lost what it was told. */
export type Beat = "taken" | "kept" | "lost";

/** What a server says of its runs, and what is written there. */
export type RunRegistry = Effect.Effect.Success<ReturnType<typeof openRegistry>>;

/** Opens a server to look at its runs. */
export const openRegistry = (address: Address, log: Logger) =>
  Effect.flatMap(
    openQueue(address, NO_RUN, log),
    (queue) => Effect.map(clientOf(queue), (client) => registryOf(client, address)),
  );

/** The runs of a server. */
export function registryOf(client: Client, address: Address) {
  const query = makeQuery(address);
  for (const [name, { keys, lua }] of Object.entries(SCRIPTS)) {
    client.defineCommand(`dpc:${name}`, { numberOfKeys: keys, lua });
  }
  const call = <A>(
    name: keyof typeof SCRIPTS,
    keys: readonly string[],
    args: readonly (string | number)[],
  ) => query(() => client.runCommand(`dpc:${name}`, [...keys, ...args]) as Promise<A>);
  const set = (key: string, value: string, PX: number) =>
    query(() => client.set(key, value, { PX }));
  return {
    call,
    /** Runs whose coordinator lives, those with the fewest workers first. */
    open: Effect.map(
      call<readonly (string | number)[]>("open", [RUNS], [PREFIX]),
      (found): readonly OpenRun[] =>
        found.flatMap((id, at) =>
          at % 2 === 0 ? [{ id: String(id), workers: Number(found[at + 1]) }] : []
        ).sort((a, b) => a.workers - b.workers),
    ),
    /** Whether a run has ended: just now, in the last hours, or none that is known. */
    lastEnded: query(async () =>
      await client.get(JUST_OVER) !== null
        ? "just now"
        : await client.get(LAST_ENDED) !== null
        ? "long ago"
        : "never"
    ),
    state: (run: string) => {
      const { coordinator, ended, plan } = keysOf(run);
      return call<RunState>("state", [coordinator, ended, plan], []);
    },
    /** The text of a run's plan. */
    plan: (run: string) => query(() => client.get(keysOf(run).plan)),
    /** Says that a worker of a run lives, for these milliseconds. */
    join: (run: string, worker: string, milliseconds: number) =>
      call<number>("join", [keysOf(run).workers], [worker, milliseconds]),
    leave: (run: string, worker: string) => call("leave", [keysOf(run).workers], [worker]),
    /** Workers that live. */
    workers: (run: string) => call<number>("workers", [keysOf(run).workers], []),
    /** Takes a run for a process from whichever had it; tells whether the server had its plan. */
    take: (run: string, process: string, plan: string, milliseconds: number) => {
      const { epoch, coordinator, plan: text, ended } = keysOf(run);
      const keys = [epoch, coordinator, text, ended, RUNS];
      return Effect.map(
        call<readonly [number, number]>("take", keys, [process, milliseconds, plan, run]),
        ([epoch, known]) => ({ claim: { epoch, process } satisfies Claim, known: known === 1 }),
      );
    },
    /** Says that the coordinator lives, for these milliseconds. */
    beat: (run: string, { epoch, process }: Claim, plan: string, milliseconds: number) => {
      const keys = keysOf(run);
      return call<Beat>(
        "beat",
        [keys.epoch, keys.coordinator, keys.plan, keys.ended, RUNS, keys.meta],
        [epoch, process, milliseconds, run, sha1(plan)],
      );
    },
    /** Writes the plan of a run that has one coordinator. */
    announce: (run: string, plan: string) =>
      query(async () => {
        await client.set(keysOf(run).plan, plan);
        await client.del(keysOf(run).ended);
      }),
    /** Says that the coordinator goes and may come again. */
    release: (run: string, { epoch, process }: Claim) =>
      call("release", [keysOf(run).coordinator], [`${epoch} ${process}`]),
    /** Says that the run is over; first what a server can do whose memory is full. */
    end: (run: string, clear: Effect.Effect<unknown, QueueError>) => {
      const { plan, coordinator, ended, epoch, workers } = keysOf(run);
      return query(() => client.del(plan, coordinator, workers)).pipe(
        Effect.zipRight(call("forget", [RUNS, epoch], [run, ABANDONED])),
        Effect.zipRight(Effect.ignore(clear)),
        Effect.zipRight(set(ended, "1", ENDED_TTL)),
        Effect.zipRight(set(LAST_ENDED, run, ENDED_TTL)),
        Effect.zipRight(set(JUST_OVER, run, END_NOTICE_TTL)),
      );
    },
    /** Runs that nobody has continued for long; they are forgotten. */
    abandoned: call<readonly string[]>("abandoned", [RUNS], [PREFIX, ABANDONED]),
  };
}

const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex");
