/**
 * Killing an evaluation again and again: SIGKILL at random moments of its whole life, from the start of the process to the report.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Data, Duration, Effect, Option } from "effect";
import { PCGRandom } from "effect/Utils";
import { grown, makeWorld, resultOf, sizeOf, startEvaluation } from "./world.ts";

/** What {@linkcode killEvaluation} is told. */
export interface KillOptions {
  readonly kills: number;
  readonly examples: number;
  /** Seed of the moments. */
  readonly seed: number;
  /** Called after each kill. */
  readonly report?: (kills: Kills) => void;
}

/** What was killed. */
export interface Kills {
  /** Before the first example of the run was recorded, between the first and the last, and after the last. */
  readonly before: number;
  readonly during: number;
  readonly after: number;
  /** Runs that came to their end in spite of the kills, each equal to the one that was left alone. */
  readonly completed: number;
}

/** A continued run that is not what the uninterrupted one is. */
export class ResultDiffers extends Data.TaggedError("ResultDiffers")<{ readonly reason: string }> {
  override get message(): string {
    return this.reason;
  }
}

/**
 * Runs an evaluation once without a disturbance, then kills others of the same until there were so many kills; whenever one comes to its
 * end, it must have the same result.
 *
 * @param folder an empty one, for model, data and runs
 */
export function killEvaluation(folder: string, options: KillOptions) {
  const { kills, examples, seed, report } = options;
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const random = new PCGRandom(seed);
    yield* makeWorld(folder, examples);
    let [lifetime] = yield* Effect.timed(complete(folder, "whole"));
    const whole = yield* resultOf(folder, "whole");
    const counts = { before: 0, during: 0, after: 0, completed: 0 };

    const checkCompleted = (run: string) =>
      Effect.gen(function* () {
        const { samples, results } = yield* resultOf(folder, run);
        if (samples !== whole.samples) {
          return yield* new ResultDiffers({ reason: `The samples of '${run}' differ` });
        }
        if (results !== whole.results) {
          return yield* new ResultDiffers({ reason: `The results of '${run}' differ` });
        }
        const names = (yield* fs.readDirectory(`${folder}/${run}`)).toSorted().join();
        if (names !== "report.html,results.json,run.json,samples.jsonl") {
          return yield* new ResultDiffers({ reason: `'${run}' holds ${names}` });
        }
        counts.completed += 1;
      });

    let run = "run-0";
    for (let kill = 0; kill < kills;) {
      // every third moment is of the whole life, most of which is the start; the others are of the life behind it
      const fromStart = kill % 3 === 0;
      const span = Duration.toMillis(lifetime) * (fromStart ? 1 : 0.25);
      const moment = random.number() * span;
      const [duration, ended] = yield* Effect.timed(Effect.scoped(Effect.gen(function* () {
        const child = yield* startEvaluation(folder, run);
        const samples = `${folder}/${run}/samples.jsonl`;
        if (!fromStart) {
          yield* Effect.raceFirst(child.ended, grown(samples, yield* sizeOf(samples)));
        }
        const inTime = yield* Effect.timeoutOption(child.ended, moment);
        if (Option.isSome(inTime)) return inTime.value;
        yield* child.signal("SIGKILL");
        return yield* child.ended;
      })));
      if (ended.signal === "SIGKILL") {
        const lines = yield* linesOf(`${folder}/${run}/samples.jsonl`);
        counts[lines === 0 ? "before" : lines < examples ? "during" : "after"] += 1;
        kill += 1;
        report?.(counts);
      } else if (ended.code === 0) {
        yield* checkCompleted(run);
        // as the machine is now: it may have been busier when the first run was timed
        lifetime = duration;
        run = `run-${kill}-${counts.completed}`;
      } else return yield* new ResultDiffers({ reason: `'${run}' failed: ${ended.errors}` });
    }
    yield* complete(folder, run);
    yield* checkCompleted(run);
    return counts satisfies Kills;
  });
}

/** Runs an evaluation to its end. */
function complete(folder: string, run: string) {
  return Effect.scoped(Effect.gen(function* () {
    const { code, errors } = yield* (yield* startEvaluation(folder, run)).ended;
    if (code !== 0) return yield* new ResultDiffers({ reason: `'${run}' failed: ${errors}` });
  }));
}

/** Whole lines of a file, which may not be there yet. */
function linesOf(file: string) {
  return FileSystem.FileSystem.pipe(
    Effect.flatMap((fs) => fs.readFileString(file)),
    Effect.map((text) => text.split("\n").length - 1),
    Effect.orElseSucceed(() => 0),
  );
}
