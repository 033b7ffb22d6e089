/**
 * The reader of GGUF files, each with a changed header over numbers that stay.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect, Either } from "effect";
import { readFileSync } from "node:fs";
import { configOf } from "../../../lib/model/gguf/config.ts";
import { GgufError, readHeader } from "../../../lib/model/gguf/header.ts";
import { renamedTensors } from "../../../lib/model/gguf/tensors.ts";
import { tokenizerOf } from "../../../lib/model/gguf/tokenizer.ts";
import { mutate } from "./mutate.ts";
import type { Reader } from "./readers.ts";

const WHOLE = ["llama", "qwen2", "qwen3"].map((name) =>
  readFileSync(new URL(`../../vectors/gguf/${name}.gguf`, import.meta.url))
);

/** Bytes in which the header is, and little else. */
const HEADER = 4096;

/** Everything that is read of a file but its numbers. */
export const ggufReader: Reader = {
  name: "GGUF",
  seeds: WHOLE,
  make: (random) => {
    const whole = WHOLE[random.integer(WHOLE.length)]!;
    return Buffer.concat([mutate([whole.subarray(0, HEADER)], random), whole.subarray(HEADER)]);
  },
  read: (input, folder) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const file = `${folder}/model.gguf`;
      yield* Effect.orDie(fs.writeFile(file, input));
      const header = yield* readHeader(file);
      const refuse = (reason: string) => new GgufError({ file, reason });
      const config = yield* Either.mapLeft(configOf(header, undefined), refuse);
      const tokenizer = yield* Either.mapLeft(tokenizerOf(header.metadata), refuse);
      renamedTensors(header);
      JSON.stringify([config, tokenizer]);
    }),
};
