/**
 * What may happen to a run on many machines: workers are killed, frozen, come late or bring another model, the server is restarted,
 * the coordinator is killed and started again. The run must end as the local one in everything but times.
 *
 * @module
 */
import type { FileSystem } from "@effect/platform";
import { Data, Effect, Scope } from "effect";
import { PCGRandom } from "effect/Utils";
import { dpc, type Program, start } from "../programs.ts";
import { recorded, resultOf, until } from "./run_directory.ts";
import { startRedis } from "./redis.ts";

/** What {@linkcode sufferFaults} is told. */
export interface FaultOptions {
  /** An empty folder for run directories. */
  readonly folder: string;
  /** Options of the evaluation, without its run directory. */
  readonly evaluation: readonly string[];
  readonly model: string;
  /** Another one. */
  readonly otherModel: string;
  readonly workers: number;
  /** SIGKILLs of workers. */
  readonly kills: number;
  /** Seconds of silence after which an example goes to another worker; a frozen one sleeps for twice as long. */
  readonly lock: number;
  readonly seed: number;
  readonly report: (line: string) => void;
}

/** Runs that should be equal and are not, or something else that went wrong. */
export class RunsDiffer extends Data.TaggedError("RunsDiffer")<{ readonly reason: string }> {
  override get message(): string {
    return this.reason;
  }
}

/** Runs an evaluation locally and then, again and again, on workers that suffer, until all faults have happened. */
export function sufferFaults(
  options: FaultOptions,
): Effect.Effect<void, RunsDiffer, FileSystem.FileSystem | Scope.Scope> {
  return Effect.gen(function* () {
    const { folder, evaluation, report } = options;
    yield* (yield* start(dpc("evaluate", ...evaluation, "--run", `${folder}/whole`))).ended;
    const whole = resultOf(`${folder}/whole`);
    const examples = recorded(`${folder}/whole`);
    report(`the local run has ${examples} examples`);
    const faults = faultsOf(options);
    // so that one run may have them all and go on for as long again
    const stride = Math.ceil(examples / (2 * faults.length));
    for (let round = 0; faults.length > 0; round++) {
      const directory = `${folder}/round-${round}`;
      const before = faults.length;
      yield* Effect.scoped(sufferRound(directory, stride, faults, options));
      if (faults.length === before) {
        return yield* new RunsDiffer({
          reason: `The run is too short: it ended before '${faults[0]!.name}' could be said`,
        });
      }
      const { samples, results } = resultOf(directory);
      if (samples !== whole.samples || results !== whole.results) {
        return yield* new RunsDiffer({ reason: `'${directory}' differs from the local run` });
      }
      report(`run ${round + 1} equals the local run; ${faults.length} faults are left`);
    }
  });
}

/** What happens to one run. */
interface Round {
  /** Ends with it. */
  readonly scope: Scope.Scope;
  readonly workers: Program[];
  readonly addWorker: Effect.Effect<void>;
  readonly addStranger: Effect.Effect<Program>;
  readonly restartServer: Effect.Effect<void>;
  readonly restartCoordinator: Effect.Effect<void>;
}

interface Fault {
  readonly name: string;
  readonly happen: (round: Round) => Effect.Effect<void, RunsDiffer>;
}

/** All that is to happen: the kills, with everything else among them. */
function faultsOf({ kills, lock, seed }: FaultOptions): Fault[] {
  const random = new PCGRandom(seed);
  const working = ({ workers }: Round) =>
    workers.filter((each) => each.isRunning() && each.written().includes("Working"));
  const pick = (round: Round) =>
    Effect.map(until(() => working(round).length > 0), () => {
      const all = working(round);
      return all[random.integer(all.length)]!;
    });
  const kill: Fault = {
    name: "a worker was killed",
    happen: (round) =>
      Effect.gen(function* () {
        yield* Effect.sleep(random.integer(1500));
        yield* (yield* pick(round)).signal("SIGKILL");
        yield* round.addWorker;
      }),
  };
  const others: Fault[] = [
    {
      name: "a worker with another model was refused",
      happen: (round) =>
        Effect.gen(function* () {
          const worker = yield* round.addStranger;
          const { code } = yield* worker.ended;
          if (code === 1 && /Cannot take part in the run as its model is/.test(worker.written())) {
            return;
          }
          return yield* new RunsDiffer({
            reason: `A worker with another model was not refused: ${worker.written()}`,
          });
        }),
    },
    { name: "a worker came late", happen: (round) => round.addWorker },
    {
      name: `a worker was frozen for ${2 * lock} s`,
      happen: (round) =>
        Effect.gen(function* () {
          const frozen = yield* pick(round);
          yield* frozen.signal("SIGSTOP");
          yield* Effect.sleep(lock * 1000);
          // its examples are others' by now, so the run may end before it wakes
          yield* Effect.forkIn(
            Effect.delay(frozen.signal("SIGCONT"), lock * 1000),
            round.scope,
          );
        }),
    },
    { name: "the server was restarted", happen: (round) => round.restartServer },
    {
      name: "the coordinator was killed and started again",
      happen: (round) => round.restartCoordinator,
    },
  ];
  const every = Math.max(1, Math.floor(kills / others.length));
  const faults: Fault[] = [];
  for (let at = 0; at < kills || others.length > 0; at++) {
    if (at % every === 0 && others.length > 0) faults.push(others.shift()!);
    if (at < kills) faults.push(kill);
  }
  return faults;
}

/** One run, to which faults happen while it lasts, each after so many more examples. */
function sufferRound(directory: string, stride: number, faults: Fault[], options: FaultOptions) {
  return Effect.gen(function* () {
    const { evaluation, model, otherModel, lock, report } = options;
    const scope = yield* Effect.scope;
    const redis = yield* startRedis();
    const queue = ["--queue", redis.url];
    const coordinate = start(dpc("evaluate", ...evaluation, "--run", directory, ...queue));
    let coordinator = yield* coordinate;
    const startWorker = (its: string) =>
      Effect.provideService(
        start(dpc(
          "worker",
          ...queue, // one that comes when all is over must not wait for the next run
          ...["--model", its, "--lock", String(lock), "--wait", "20"],
        )),
        Scope.Scope,
        scope,
      );
    const workers: Program[] = [];
    const round: Round = {
      scope,
      workers,
      addWorker: Effect.map(startWorker(model), (worker) => void workers.push(worker)),
      addStranger: startWorker(otherModel),
      // the run may end meanwhile, and its workers still need a server to see that
      restartServer: Effect.uninterruptible(Effect.gen(function* () {
        yield* redis.stop("SIGTERM");
        yield* Effect.sleep(500);
        yield* redis.start;
      })),
      restartCoordinator: Effect.gen(function* () {
        yield* coordinator.signal("SIGKILL");
        yield* coordinator.ended;
        coordinator = yield* Effect.provideService(coordinate, Scope.Scope, scope);
      }),
    };
    for (let at = 0; at < options.workers; at++) yield* round.addWorker;
    let due = 0;
    while (true) {
      const [next] = faults;
      const running = coordinator;
      // killed by a fault, it is not over
      const over = Effect.flatMap(
        running.ended,
        ({ code }) => code === null ? Effect.never : Effect.succeed("over" as const),
      );
      const happened = Effect.zipRight(
        until(() => recorded(directory) >= due),
        next?.happen(round) ?? Effect.never,
      );
      if ((yield* Effect.raceFirst(over, happened)) !== "over") {
        faults.shift();
        due = recorded(directory) + stride;
        report(`${next!.name} after ${due - stride} examples; ${faults.length} faults are left`);
        continue;
      }
      const { code } = yield* running.ended;
      if (code !== 0) {
        return yield* new RunsDiffer({ reason: `The coordinator failed: ${running.written()}` });
      }
      for (const worker of workers) {
        // unless it was killed, it ends in order
        if (((yield* worker.ended).code ?? 0) !== 0) {
          return yield* new RunsDiffer({ reason: `A worker failed: ${worker.written()}` });
        }
      }
      return;
    }
  });
}
