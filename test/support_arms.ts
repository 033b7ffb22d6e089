/**
 * A tiny model for the suites of lib/eval, and what is asked of it.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { openModel, Stage } from "../lib/stage/mod.ts";
import type { Engine, GenerateRequest, Generation, SaliencyRequest } from "../lib/model/mod.ts";
import { examples, wordProblems } from "../lib/task/mod.ts";
import { tinyDataset, tinyModel } from "./fixtures.ts";

/** A model with a count of what it is asked, and tokenized questions for it. */
export const tiny = (questions: number, maxNewTokens: number = 6) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const folder = yield* fs.makeTempDirectoryScoped();
    const [directory, file] = [path.join(folder, "model"), path.join(folder, "data.jsonl")];
    yield* tinyModel(directory);
    yield* tinyDataset(file, questions);
    const opened = yield* openModel({ directory, workers: 1, threads: 1, slots: 4 });
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
