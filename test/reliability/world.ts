/**
 * What the programs run on in the tests of their faults: a tiny model with a prompt and questions, and `dpc evaluate` on them as a process
 * of its own.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { savePrompt } from "../../lib/prompt/mod.ts";
import { dpc, start } from "../programs.ts";
import { tinyDataset, tinyModel, tinyPrompt } from "../fixtures.ts";

/** Arms of a run: first answers, saliency and answers under corrupted prompts. */
const ARMS = "base,pt,untriggered";

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

/** Starts the evaluation of a world into its run directory of that name, with more options. */
export const startEvaluation = (folder: string, run: string, options: readonly string[] = []) =>
  start(dpc("evaluate", ...optionsOf(folder, run), ...options));

/** The evaluation's options but for its run directory and its workers. */
export const worldOptions = (folder: string): readonly string[] => [
  ...["--model", `${folder}/model`, "--prompt", `${folder}/prompt`],
  ...["--data", `${folder}/data.jsonl`, "--arms", ARMS, "--max-new-tokens", "4", "--quiet"],
];

/** The evaluation's options. */
export const optionsOf = (folder: string, run: string): readonly string[] => [
  ...[...worldOptions(folder), "--run", `${folder}/${run}`],
  ...["--workers", "1", "--threads", "1", "--slots", "4"],
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

/** Bytes of a file; 0 where there is none. */
export const sizeOf = (file: string) =>
  FileSystem.FileSystem.pipe(
    Effect.flatMap((fs) => fs.stat(file)),
    Effect.match({ onFailure: () => 0, onSuccess: ({ size }) => Number(size) }),
  );

/** Ends when a file has become larger than it was. */
export const grown = (file: string, than: number) =>
  sizeOf(file).pipe(Effect.delay(10), Effect.repeat({ until: (size) => size > than }));
