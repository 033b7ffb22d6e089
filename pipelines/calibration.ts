/**
 * Calibrating a prompt: what `npm run calibrate` does, for programs that do it among other things.
 *
 * @module
 */
import type { FileSystem } from "@effect/platform";
import { Chunk, Effect, pipe, Stream } from "effect";
import { calibrate, Model, observe, Progress, Stage } from "../lib/eval/mod.ts";
import { hashOf, loadPrompt, saveCalibration } from "../lib/prompt/mod.ts";
import type { DatasetError, Example, Task } from "../lib/task/mod.ts";

/** A prompt and the development examples it is calibrated on. */
export interface CalibrationJob {
  /** Directory of the prompt. */
  readonly directory: string;
  readonly task: Task;
  /** Each time from their start; never of the test split. */
  readonly examples: Stream.Stream<Example, DatasetError, FileSystem.FileSystem>;
  /** Name of the split, recorded. */
  readonly split: string;
  readonly tokenize: Stage.TokenizeOptions;
  readonly gamma: number;
}

/** Chooses beta and the thresholds of all triggers, and keeps them with the prompt. */
export function calibratePrompt(job: CalibrationJob) {
  return Effect.gen(function* () {
    const { directory, task, examples, split, gamma } = job;
    const { config, fingerprint } = yield* Model;
    const prompt = yield* loadPrompt(directory, config.hiddenSize);
    const total = yield* Stream.runCount(examples);
    const observations = yield* pipe(
      examples,
      Stage.tokenize(task, job.tokenize),
      (tokenized) => observe(tokenized, { task, prompt: { ...prompt, name: directory }, gamma }),
      Progress.track({ label: "calibrate", total }, ({ first, second }) => ({
        outcomes: [["pt", first], ["untriggered", second]] as const,
      })),
      Stream.runCollect,
    );
    const calibration = calibrate(Chunk.toReadonlyArray(observations), {
      task: task.name,
      split,
      prompt: hashOf(prompt),
      model: fingerprint,
      gamma,
      layers: config.layers,
    });
    yield* saveCalibration(directory, calibration);
    return calibration;
  });
}
