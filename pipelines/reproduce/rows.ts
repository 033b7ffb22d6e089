/**
 * Which rows a study tunes and calibrates on, so that none is ever tested on.
 *
 * @module
 */
import { Path } from "@effect/platform";
import { Chunk, Data, Effect, Stream } from "effect";
import type { Given } from "./options.ts";
import { toTuningText, workedExamples } from "../cli/tune_prompt.ts";
import type { Model } from "../../lib/stage/mod.ts";
import type { TuningText } from "../../lib/model/mod.ts";
import type { Example, Task, Template } from "../../lib/task/mod.ts";

/** A study that cannot be made as asked. */
export class StudyError extends Data.TaggedError("StudyError")<{
  /** One line for the user. */
  readonly message: string;
}> {}

/** Disjoint rows of a training split. */
export interface StudyRows {
  /** Held out, for beta and the thresholds. */
  readonly dev: readonly Example[];
  readonly tuning: readonly TuningText[];
}

/** Which rows to take: the folder with all data, and files of training rows for tasks whose usual files have none. */
export type RowChoice = Pick<
  Given,
  "data" | "train" | "mostTokens" | "calibrateExamples" | "tuneExamples" | "calculator" | "seed"
>;

/** The splits that may be tuned on, best first: AQuA's usual files have a dev split alone. */
const TUNING_SPLITS = ["train", "dev"];

/** The file that a task's prompts are tuned on; fails for a task without one, and for its test file. */
export function trainingFile(task: Task, { data, train }: Pick<RowChoice, "data" | "train">) {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const split = TUNING_SPLITS.find((name) => task.files[name] !== undefined);
    const usual = split === undefined ? undefined : path.join(data, task.files[split]!);
    const file = train[task.name] ?? usual;
    if (file === undefined) {
      const message =
        `Cannot tune on the task ${task.name} as it has no training split here: give ` +
        `--train ${task.name}=FILE, or --tune-on another task`;
      return yield* new StudyError({ message });
    }
    const test = task.files["test"];
    if (test !== undefined && path.resolve(file) === path.resolve(data, test)) {
      const message = `Cannot tune on '${file}' as it is the test split of ${task.name}`;
      return yield* new StudyError({ message });
    }
    return file;
  });
}

/** Refuses a task that has no file with a worked solution to tune on. */
export function checkTraining(task: Task, choice: Pick<RowChoice, "data" | "train">) {
  return Effect.flatMap(
    trainingFile(task, choice),
    (path) => Stream.runDrain(Stream.take(workedExamples(task, { path }), 1)),
  );
}

/** Draws the rows by a seed: first those to calibrate on, then those to tune on. */
export function chooseRows(
  model: typeof Model.Service,
  task: Task,
  template: Template.Template,
  choice: RowChoice,
) {
  return Effect.gen(function* () {
    const { mostTokens, calibrateExamples, tuneExamples, seed } = choice;
    const file = yield* trainingFile(task, choice);
    const drawn = yield* workedExamples(task, { path: file, shuffleSeed: seed }).pipe(
      Stream.mapEffect((example) =>
        Effect.map(toTuningText(model, template, example, choice), (text) => ({ example, text }))
      ),
      Stream.filter(({ text }) => text.ids.length <= mostTokens),
      Stream.take(calibrateExamples + tuneExamples),
      Stream.runCollect,
    );
    const rows = Chunk.toReadonlyArray(drawn);
    if (rows.length <= calibrateExamples) {
      const message =
        `Cannot tune on '${file}' as it has ${rows.length} worked solutions of at most ` +
        `${mostTokens} tokens, and ${calibrateExamples} are kept to calibrate on: lower ` +
        "--calibrate-examples or raise --most-tokens";
      return yield* new StudyError({ message });
    }
    return {
      dev: rows.slice(0, calibrateExamples).map(({ example }) => example),
      tuning: rows.slice(calibrateExamples).map(({ text }) => text),
    } satisfies StudyRows;
  });
}
