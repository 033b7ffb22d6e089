/**
 * A tiny model for the suites of arms and stages, and what is asked of it.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { Corruption, Trigger } from "../lib/dpc/mod.ts";
import { Arm } from "../lib/arm/mod.ts";
import { openModel, Stage } from "../lib/stage/mod.ts";
import type { Engine, GenerateRequest, Generation, SaliencyRequest } from "../lib/model/mod.ts";
import { examples, wordProblems } from "../lib/task/mod.ts";
import { tinyDataset, tinyModel } from "./fixtures.ts";
import { shared } from "./support.ts";

/** The paper's arms, for prompts without a calibration. */
export const PAPER_ARMS: readonly Arm.Arm[] = [
  Arm.make({ name: "base", prompted: false }),
  Arm.make({ name: "pt" }),
  Arm.make({
    name: "random",
    trigger: Trigger.always,
    corruption: Corruption.randomPosition({ seed: 0 }),
  }),
  Arm.make({ name: "untriggered", trigger: Trigger.always }),
  Arm.make({ name: "dpc", trigger: Trigger.lateFlow({ threshold: 1e-5 }) }),
];

/**
 * Opens the tiny model once for a suite.
 *
 * @param test the suite
 * @returns the model with a record of what it is asked from then on, and tokenized questions for it
 */
export const tinyFor = (test: Parameters<typeof shared>[0]) => {
  const model = shared(
    test,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const directory = yield* fs.makeTempDirectoryScoped();
      yield* tinyModel(directory);
      return yield* openModel({ directory, workers: 1, threads: 1, slots: 4 });
    }),
  );
  return (questions: number, maxNewTokens: number = 6) =>
    Effect.gen(function* () {
      const opened = yield* model;
      const fs = yield* FileSystem.FileSystem;
      const file = (yield* Path.Path).join(yield* fs.makeTempDirectoryScoped(), "data.jsonl");
      yield* tinyDataset(file, questions);
      const generations: GenerateRequest[] = [];
      const answers: Generation[] = [];
      const saliencies: SaliencyRequest[] = [];
      const engine: Engine = {
        ...opened.engine,
        generate: (request) => {
          generations.push(request);
          return Effect.tap(
            opened.engine.generate(request),
            (answer) => Effect.sync(() => answers.push(answer)),
          );
        },
        saliency: (request) => {
          saliencies.push(request);
          return opened.engine.saliency(request);
        },
      };
      const tokenized = examples(wordProblems, { path: file }).pipe(
        Stage.streamed(Stage.tokenize(wordProblems, { maxNewTokens })),
      );
      return { model: { ...opened, engine }, generations, answers, saliencies, tokenized };
    });
};
