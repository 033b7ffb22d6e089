/**
 * An evaluation into a run directory: continued where it stopped, summarised when it is complete.
 *
 * @module
 */
import type { FileSystem } from "@effect/platform";
import { Effect, Either, pipe, Stream } from "effect";
import type { Files } from "../schema/files.ts";
import type { DatasetError, Example, Task } from "../task/mod.ts";
import { ArmError, Evaluator } from "../arm/mod.ts";
import {
  type AllFailed,
  captureFailure,
  type Failure,
  type Failures,
  openFailures,
  type Tolerance,
  type TooManyErrors,
} from "./failures.ts";
import * as Journal from "./journal.ts";
import type { EngineError } from "../model/mod.ts";
import { type Model, Stage } from "../stage/mod.ts";
import { Sample, sampleId, type Summary } from "../results/mod.ts";
import { primaryOf, writeResults } from "./summarise_run.ts";
import { Progress } from "../terminal/mod.ts";

/** An evaluation. */
export interface RunOptions {
  /** The run directory. */
  readonly directory: string;
  /** What makes the run this run; it must be the same when it is continued. */
  readonly config: unknown;
  /** Recorded, not compared: versions, machine. */
  readonly about: unknown;
  /** The task of the examples. */
  readonly task: Task;
  /** How prompts are written. */
  readonly tokenize: Stage.TokenizeOptions;
  /** The examples, each time from their start. */
  readonly examples: Stream.Stream<Example, DatasetError, FileSystem.FileSystem>;
  /** Rows that reading the examples has skipped so far; none by default. */
  readonly skipped?: () => readonly DatasetError[];
  /** Names of the prompts that each example runs under, each once. */
  readonly prompts: readonly string[];
  /** Answers drawn to each question, by `tokenize.sampling`; one by default. */
  readonly answers?: number;
  /** Most examples that may fail before the run stops, or their share; {@linkcode MAX_ERRORS} by default. */
  readonly maxErrors?: Tolerance;
}

/** Failures that do not stop a run by default: a few may lie in single examples, many hardly do. */
export const MAX_ERRORS = 10;

/** What can end an evaluation. */
export type RunError =
  | AllFailed
  | ArmError
  | DatasetError
  | EngineError
  | TooManyErrors
  | Journal.OpenError;

/**
 * Runs what is not yet in the directory's samples.jsonl, one prompt after the other, then writes results.json. A line is written when
 * its example is finished, and the lines are put in the order of the examples at the end. An example that fails is put into errors.jsonl
 * and is tried again when the run is continued.
 *
 * @returns the summary, computed from the samples on the disk
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { Arm, localEvaluator } from "dynamic-prompt-corruption/arm";
 * import { Model } from "dynamic-prompt-corruption/stage";
 * import { Progress } from "dynamic-prompt-corruption/terminal";
 * import { runEvaluation } from "dynamic-prompt-corruption/run";
 * import { Trigger } from "dynamic-prompt-corruption/dpc";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 * import { loadPrompt } from "dynamic-prompt-corruption/prompt";
 *
 * const task = wordProblems;
 * const arms = [
 *   Arm.make({ name: "base", prompted: false }),
 *   Arm.make({ name: "pt" }),
 *   Arm.make({ name: "untriggered", trigger: Trigger.always }),
 * ];
 * export const program = Effect.gen(function* () {
 *   const prompt = yield* loadPrompt("data/prompts/seed0", (yield* Model).config);
 *   const { n } = yield* runEvaluation({
 *     directory: "runs/first",
 *     config: { task: task.name, prompt: prompt.name, arms: arms.map(({ name }) => name) },
 *     about: {},
 *     task,
 *     tokenize: {},
 *     examples: examples(task, { path: "data/benchmark", split: "dev", limit: 8 }),
 *     prompts: [prompt.name],
 *   }).pipe(Effect.provide(localEvaluator(task, [{ prompt, arms }])));
 *   assert.equal(n, 8); // and runs/first/results.json has the rest
 * }).pipe(Effect.provide(Progress.layer({ quiet: true })));
 * ```
 */
export function runEvaluation(
  options: RunOptions,
): Effect.Effect<Summary, RunError, Files | Model | Evaluator | Progress.ProgressOutput> {
  const { directory, config, about, task, examples, prompts, maxErrors = MAX_ERRORS } = options;
  const { answers = 1 } = options;
  const draws = answers === 1 ? [undefined] : Array.from({ length: answers }, (_, i) => i + 1);
  return Effect.scoped(Effect.gen(function* () {
    const { lookAhead, lost = Effect.never } = yield* Evaluator;
    const twice = prompts.find((name, at) => prompts.indexOf(name) !== at);
    if (twice !== undefined) {
      const message = `Cannot run two prompts called '${twice}': give each a name of its own`;
      return yield* new ArmError({ message });
    }
    // a dataset with a bad row is refused here, before hours of work
    const places = new Map<string, number>();
    yield* Stream.runForEach(examples, ({ id }) => Effect.sync(() => places.set(id, places.size)));
    const total = prompts.length * places.size * answers;
    const journal = yield* Journal.open(directory, { config, about, schema: Sample });
    const failures = yield* openFailures(directory, maxErrors, total);
    const resumed = journal.finished.size;
    const work = new FlowShare();
    const skipped = options.skipped?.() ?? [];
    if (skipped.length > 0) {
      const rows = skipped.map(({ path, line, reason }) => ({ file: path, line, reason }));
      const content = { count: rows.length, rows };
      yield* journal.writeAtomic("skipped.json", JSON.stringify(content, null, 2) + "\n");
    }
    yield* pipe(
      Stream.fromIterable(prompts),
      Stream.flatMap((prompt) =>
        Stream.mapConcat(examples, (example) =>
          draws.map((draw) => ({
            prompt,
            example: draw === undefined ? example : { ...example, draw },
          })))
      ),
      Stream.filter(({ example, prompt }) => !journal.finished.has(sampleId(example, prompt))),
      Stage.unordered(({ example, prompt }) => attempt(example, prompt, options), lookAhead),
      Stream.mapEffect((made) => record(made, journal, failures)),
      Progress.track({ label: task.name, total, resumed }, (made) => ({
        outcomes: Either.match(made, {
          onLeft: () => [],
          onRight: ({ arms }) =>
            Object.entries(arms).map(([name, { correct }]) => [name, correct] as const),
        }),
        note: notes(failures.count(), work.add(made)),
      })),
      Stream.runDrain,
      Effect.raceFirst(lost),
    );
    yield* Journal.sort(
      journal,
      Sample,
      ({ prompt, example, draw = 1 }) =>
        (prompts.indexOf(prompt) * places.size + (places.get(example) ?? 0)) * answers + draw - 1,
    );
    const summary = yield* writeResults(journal, task.name, {
      failed: failures.count(),
      primary: primaryOf(config),
    });
    const all = failures.all();
    if (journal.finished.size === 0 && all !== undefined) return yield* all;
    return summary;
  }));
}

/** How much of the engine's work on the arms that measure the flow goes into that. */
class FlowShare {
  #flow = 0;
  #all = 0;

  /** The share with one more sample; undefined while none has measured it. */
  add(made: Either.Either<Sample, Failure>): number | undefined {
    for (const { work } of Either.isRight(made) ? Object.values(made.right.arms) : []) {
      if (work?.saliency === undefined) continue;
      this.#flow += work.saliency.milliseconds;
      this.#all += work.milliseconds;
    }
    return this.#all === 0 ? undefined : this.#flow / this.#all;
  }
}

/** What the end of the progress line says. */
const notes = (failed: number, flowShare: number | undefined): string =>
  [
    ...(flowShare === undefined ? [] : [`saliency ${Math.round(100 * flowShare)} % of work`]),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join("  ");

/** Puts what was made of an example where it belongs; a sample that JSON cannot hold is a failure. */
function record(
  made: Either.Either<Sample, Failure>,
  journal: Journal.Journal<Sample>,
  failures: Failures,
) {
  return Either.match(made, {
    onLeft: (failure) => Effect.as(failures.add(failure), made),
    onRight: (sample) =>
      Effect.as(journal.append(sample), made).pipe(
        Effect.catchTag("InvalidRecord", ({ id, message }) => {
          const failure: Failure = { id, error: message };
          return Effect.as(failures.add(failure), Either.left(failure));
        }),
      ),
  });
}

/** An example, of which one of several answers is asked for where it says which. */
type Drawn = Example & { readonly draw?: number };

/** One example from its text to its line, or why there is none. */
function attempt(example: Drawn, prompt: string, { task, tokenize: how }: RunOptions) {
  return pipe(
    Stage.tokenize(task, how)(example),
    Effect.flatMap((tokenized) =>
      Effect.flatMap(Evaluator, ({ evaluate }) => evaluate({ prompt, example: tokenized }))
    ),
    captureFailure,
    Effect.map(Either.mapLeft((error) => ({ id: sampleId(example, prompt), error }))),
  );
}
