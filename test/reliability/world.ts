/**
 * What the programs run on in the tests of their faults: a tiny model with a prompt and questions, and `npm start` on them as a process
 * of its own.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { savePrompt } from "../../lib/prompt/mod.ts";
import { start } from "../eval/child.ts";
import { tinyDataset, tinyModel, tinyPrompt } from "../fixtures.ts";

/** Arms of a run: first answers, saliency and answers under corrupted prompts. */
const ARMS = "base,pt,random,untriggered";

/** Writes model, prompt and so many questions into a folder. */
export const makeWorld = (folder: string, examples: number) =>
  Effect.gen(function* () {
    const path = yield* Path.Path;
    yield* tinyModel(path.join(folder, "model"));
    yield* tinyDataset(path.join(folder, "data.jsonl"), examples);
    const origin = { model: "tiny", layers: 2, heads: 2, init: "RANDOM" } as const;
    yield* savePrompt(path.join(folder, "prompt"), tinyPrompt(4, 0), origin);
  });

/** The same in a folder that goes with the scope. */
export const temporaryWorld = (examples: number) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = yield* fs.makeTempDirectoryScoped();
    yield* makeWorld(folder, examples);
    return folder;
  });

/** Starts the evaluation of a world into its run directory of that name. */
export const startEvaluation = (folder: string, run: string, ...more: readonly string[]) =>
  start("../../pipelines/evaluate.ts", ...optionsOf(folder, run), ...more);

/** The evaluation's command line. */
const optionsOf = (folder: string, run: string): readonly string[] => [
  ...[
    "--model",
    `${folder}/model`,
    "--prompt",
    `${folder}/prompt`,
    "--data",
    `${folder}/data.jsonl`,
  ],
  ...["--arms", ARMS, "--max-new-tokens", "8", "--run", `${folder}/${run}`],
];

/** What a run's result says, without times. */
export const resultOf = (folder: string, run: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const read = (name: string) => fs.readFileString(`${folder}/${run}/${name}`);
    return {
      samples: (yield* read("samples.jsonl")).replace(/"milliseconds":\d+/g, '"milliseconds":0'),
      results: yield* read("results.json"),
    };
  });
