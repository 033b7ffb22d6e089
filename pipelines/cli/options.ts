/**
 * Command-line options that several programs share.
 *
 * @module
 */
import { HelpDoc, Options, ValidationError } from "@effect/cli";
import { Effect, Option } from "effect";
import { Acceptance, Corruption } from "../../lib/dpc/mod.ts";
import { Registry } from "../../lib/registry/mod.ts";
import { tasks } from "../../lib/task/mod.ts";

/** The model that comes with the project. */
export const EMBEDDED_MODEL = "data/model";

/** An option that is a whole number, at least `least`. */
export const count = (name: string, least = 1): Options.Options<number> =>
  Options.filterMap(
    Options.integer(name),
    (value) => value >= least ? Option.some(value) : Option.none(),
    `--${name} must be a whole number, at least ${least}`,
  );

/** Refuses the command line. */
export const refuse = (reason: string): Effect.Effect<never, ValidationError.ValidationError> =>
  Effect.fail(ValidationError.invalidValue(HelpDoc.p(reason)));

/** The parts of a list separated by commas. */
export const parseList = (text: string): readonly string[] =>
  text.split(",").map((part) => part.trim()).filter((part) => part !== "");

/** An option that is a list, separated by commas. */
export const list = (name: string): Options.Options<readonly string[]> =>
  Options.map(Options.text(name), parseList);

/** An option that is a list of numbers, separated by commas. */
export const numbers = (name: string): Options.Options<readonly number[]> =>
  Options.mapEffect(list(name), (parts) => {
    const bad = parts.find((part) => !Number.isFinite(Number(part)));
    return bad === undefined
      ? Effect.succeed(parts.map(Number))
      : refuse(`--${name}: '${bad}' is not a number`);
  });

/** Directory of a Hugging Face checkpoint. */
export const model = Options.directory("model").pipe(
  Options.withDefault(EMBEDDED_MODEL),
  Options.withDescription(
    "Hugging Face checkpoint of the Llama family: config.json, *.safetensors, tokenizer.json",
  ),
);

/** Task by name. */
export const task = Options.text("task").pipe(
  Options.withDefault("word-problems"),
  Options.withDescription(Registry.help(tasks)),
);

/** The dataset that comes with the project. */
export const EMBEDDED_DATA = "data/benchmark";

/** The dataset. */
export const data = Options.text("data").pipe(
  Options.withDefault(EMBEDDED_DATA),
  Options.withDescription(
    "The dataset's file, or a folder that holds it; data/cache for the public datasets",
  ),
);

/** Split of a dataset's folder. */
export const split = Options.text("split").pipe(
  Options.withDefault("test"),
  Options.withDescription("Which split to read when --data is a folder"),
);

/** Most examples. */
export const limit = count("limit").pipe(
  Options.optional,
  Options.withDescription("Read at most this many examples"),
);

/** Seed. */
export const seed = Options.integer("seed").pipe(
  Options.withDefault(0),
  Options.withDescription("Seed of everything random"),
);

/** `--workers`, `--threads`, `--slots` and `--quantize`: how the cores are used; by default what suits the model's size. */
export const placementOptions = {
  workers: count("workers").pipe(
    Options.optional,
    Options.withDescription(
      "Workers, each with sessions of its own over the same weights: processes, under Deno threads",
    ),
  ),
  threads: count("threads").pipe(
    Options.optional,
    Options.withDescription(
      "Threads of each worker; workers times threads should not exceed the cores",
    ),
  ),
  slots: count("slots").pipe(
    Options.optional,
    Options.withDescription("Examples generated at a time in each worker"),
  ),
  quantization: Options.choice("quantize", ["q8", "q4"]).pipe(
    Options.optional,
    Options.withDescription(
      "Generate with weights of 8 or 4 bits, faster where one or two answers of a large model are generated at a time; gradients are of the same weights",
    ),
  ),
};

/** Share of the entries that a corruption sets to 0. */
export const gamma = Options.float("gamma").pipe(
  Options.withDefault(Corruption.DEFAULTS.gamma),
  Options.withDescription("Share of the prompt's other entries that a corruption sets to 0"),
);

/** `--samples` and `--temperature` of self-consistency. */
export const samplingOptions = {
  samples: count("samples").pipe(
    Options.withDefault(Acceptance.SAMPLING.count),
    Options.withDescription("Answers that self-consistency samples"),
  ),
  temperature: Options.float("temperature").pipe(
    Options.withDefault(Acceptance.SAMPLING.temperature),
    Options.withDescription("Temperature of the sampled answers"),
  ),
};

/** The fields of those options that were given. */
export function given<A extends Readonly<Record<string, Option.Option<unknown>>>>(
  options: A,
): { [K in keyof A]?: Option.Option.Value<A[K]> } {
  return Object.fromEntries(
    Object.entries(options).flatMap(([key, option]) =>
      Option.isSome(option) ? [[key, option.value]] : []
    ),
  ) as { [K in keyof A]?: Option.Option.Value<A[K]> };
}

/** No progress. */
export const quiet = Options.boolean("quiet").pipe(
  Options.withDescription("Show no progress"),
);
