/**
 * What happens to a run within a week, each lasting no longer than a minute.
 *
 * @module
 */
import { Duration, Effect, Option } from "effect";
import type { PCGRandom } from "effect/Utils";
import process from "node:process";
import type { Program } from "../../../programs.ts";
import type { Redis } from "../../../queue/redis.ts";
import { childrenOf, commandLineOf } from "../../../reliability/processes.ts";

/** A program that its command starts again whenever it has ended. */
export interface Service {
  readonly name: string;
  readonly command: readonly string[];
  program: Program | undefined;
  /** Whether it is not to be started now. */
  held: boolean;
}

/** A run that faults happen to. */
export interface Round {
  readonly coordinator: Service;
  readonly workers: readonly Service[];
  /** A worker that is never killed, whose memory is therefore seen over the whole run. */
  readonly spared: Service;
  readonly redis: Redis;
  readonly random: PCGRandom;
  readonly find: (finding: string) => void;
  readonly fillDisk: Effect.Effect<void>;
  readonly freeDisk: Effect.Effect<void>;
}

/** Seconds in which a signal must end a program, and what a busy machine may add. */
const [MOST_TO_END, BUSY] = [5, 5];

const seconds = (random: PCGRandom, from: number, to: number) =>
  Duration.seconds(from + (to - from) * random.number());

const signal = ({ program }: Service, name: NodeJS.Signals) => program?.signal(name) ?? Effect.void;

const pick = ({ workers, random }: Round) => workers[random.integer(workers.length)]!;

/** The processes that compute for a worker. */
export const enginesOf = ({ program }: Service): readonly number[] => {
  try {
    return childrenOf(program?.pid ?? 0)
      .filter((pid) => commandLineOf(pid).includes("worker_boot"));
  } catch {
    return []; // it has ended meanwhile
  }
};

const signalEngines = (service: Service, name: NodeJS.Signals) =>
  Effect.sync(() => {
    for (const pid of enginesOf(service)) {
      try {
        process.kill(pid, name);
      } catch { /* it has ended meanwhile */ }
    }
  });

/** Stops something for longer than an example's lock, and lets it go on. */
const suspend = (
  send: (service: Service, name: NodeJS.Signals) => Effect.Effect<void>,
  service: Service,
  random: PCGRandom,
) =>
  Effect.zipRight(
    send(service, "SIGSTOP"),
    Effect.delay(send(service, "SIGCONT"), seconds(random, 5, 45)),
  );

/** A signal that is to end a program in order, within seconds. */
const stop = (name: NodeJS.Signals) => ({ coordinator, find }: Round) =>
  Effect.gen(function* () {
    const { program } = coordinator;
    if (program === undefined) return;
    yield* program.signal(name);
    const limit = MOST_TO_END + BUSY;
    const ended = yield* Effect.timeoutOption(program.ended, Duration.seconds(limit));
    if (Option.isNone(ended)) find(`${name} did not end the coordinator within ${limit} s`);
  });

/** All that may happen, by what is said of it. */
export const FAULTS: Readonly<Record<string, (round: Round) => Effect.Effect<void>>> = {
  "a worker is killed": (round) => signal(pick(round), "SIGKILL"),
  "a worker's engine is killed": (round) => signalEngines(pick(round), "SIGKILL"),
  "the coordinator is killed": ({ coordinator }) => signal(coordinator, "SIGKILL"),
  "Ctrl-C": stop("SIGINT"),
  "SIGTERM": stop("SIGTERM"),
  "the server is stopped": ({ redis, random }) =>
    Effect.gen(function* () {
      yield* redis.stop(random.integer(2) === 0 ? "SIGTERM" : "SIGKILL");
      yield* Effect.sleep(seconds(random, 1, 40));
      yield* redis.start;
    }),
  "the disk is full": ({ coordinator, random, fillDisk, freeDisk }) =>
    Effect.gen(function* () {
      coordinator.held = true;
      yield* fillDisk;
      yield* Effect.timeoutOption(
        coordinator.program?.ended ?? Effect.void,
        seconds(random, 5, 30),
      );
      yield* freeDisk;
      coordinator.held = false;
    }),
  "a worker is suspended": (round) => suspend(signal, pick(round), round.random),
  "a worker's engine is suspended": (round) => suspend(signalEngines, pick(round), round.random),
  "the coordinator is suspended": ({ coordinator, random }) => suspend(signal, coordinator, random),
  "power fails": ({ coordinator, workers, redis, random }) =>
    Effect.gen(function* () {
      for (const each of [coordinator, ...workers]) yield* signal(each, "SIGKILL");
      yield* redis.stop("SIGKILL");
      yield* Effect.sleep(seconds(random, 1, 10));
      yield* redis.start;
    }),
};
