/**
 * Command-line options that several programs share.
 *
 * @module
 */
import { Options } from "@effect/cli";
import { availableParallelism } from "node:os";

/** Directory of a Hugging Face checkpoint. */
export const model = Options.directory("model").pipe(
  Options.withDefault("data/model"),
  Options.withDescription(
    "Hugging Face checkpoint of the Llama family: config.json, *.safetensors, tokenizer.json",
  ),
);

/** Task by name. */
export const task = Options.text("task").pipe(
  Options.withDefault("word-problems"),
  Options.withDescription("word-problems, gsm8k, math, aqua, svamp, multiarith or jsonl"),
);

/** Split of a dataset's folder. */
export const split = Options.text("split").pipe(
  Options.withDefault("test"),
  Options.withDescription("Which split to read when --data is a folder"),
);

/** Most examples. */
export const limit = Options.integer("limit").pipe(
  Options.optional,
  Options.withDescription("Read at most so many examples"),
);

/** Seed. */
export const seed = Options.integer("seed").pipe(
  Options.withDefault(0),
  Options.withDescription("Seed of everything random"),
);

/** Worker threads. */
export const workers = Options.integer("workers").pipe(
  Options.withDefault(1),
  Options.withDescription("Worker threads, each with sessions of its own over the same weights"),
);

/** Threads of a worker. */
export const threads = Options.integer("threads").pipe(
  Options.withDefault(Math.max(1, Math.min(8, availableParallelism()))),
  Options.withDescription(
    "Threads of each worker; workers times threads should not exceed the cores",
  ),
);

/** Generations at a time. */
export const slots = Options.integer("slots").pipe(
  Options.withDefault(16),
  Options.withDescription("Examples generated at a time in each worker"),
);

/** No progress. */
export const quiet = Options.boolean("quiet").pipe(
  Options.withDescription("Show no progress"),
);
