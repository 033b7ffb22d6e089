/**
 * `dpc word-problems`: draws the splits of the embedded benchmark, or more of the same language with another seed.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Console, Effect, Record } from "effect";
import { program } from "../cli/command.ts";
import { choice, directory, seed } from "../cli/options.ts";
import { fileError, writeAtomic } from "../../lib/schema/files.ts";
import * as WordProblems from "../../lib/task/word_problems/mod.ts";

/** The command. */
export const command = program({
  name: "word-problems",
  about:
    "Draws word problems in GSM8K's format; seed 0 gives data/benchmark, which the embedded model was not trained on.",
  examples: {
    "Other problems of the same language": "npx dpc word-problems --seed 7 --out data/cache/seed7",
  },
  options: {
    out: directory.required("Folder to write train.jsonl, dev.jsonl and test.jsonl to"),
    language: choice(["word-problems", "conventions"])(
      "conventions, of the benchmark to come, has the sets train (and one for each part of a prompt), devA, devB, devC and test",
      "word-problems",
    ),
    seed,
  },
}, function* ({ out, language, seed }) {
  const fs = yield* FileSystem.FileSystem;
  const path = yield* Path.Path;
  yield* Effect.mapError(fs.makeDirectory(out, { recursive: true }), fileError("write", out));
  const sets = language === "conventions"
    ? {
      ...WordProblems.Conventions.benchmark(seed),
      ...Record.mapKeys(WordProblems.Conventions.partSets(seed), (name) => `train-${name}`),
    }
    : WordProblems.benchmark(seed);
  for (const [name, problems] of Object.entries(sets)) {
    const file = path.join(out, `${name}.jsonl`);
    yield* writeAtomic(file, [new TextEncoder().encode(WordProblems.toJsonLines(problems))]);
    yield* Console.log(`${file}: ${problems.length} problems`);
  }
});
