/**
 * Merging the run directories of all shards into one, which then is what a run without shards would be.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Chunk, Data, Effect, Either, Option, pipe, Stream } from "effect";
import { FileError, fileError, type Files } from "../schema/files.ts";
import { decode, describeDifferences, differences, parseJson, Schema } from "../schema/mod.ts";
import { ShardConfiguration } from "./configuration.ts";
import { type Failure, openFailures, readFailures } from "./failures.ts";
import * as Journal from "./journal.ts";
import { entries } from "./journal_entries.ts";
import { readRunFile } from "./run_files.ts";
import { primaryOf, writeResults } from "./summarise_run.ts";
import { Sample, type Summary } from "../results/mod.ts";

/** Runs that are not all the shards of one run. */
export class MergeError extends Data.TaggedError("MergeError")<{ readonly reason: string }> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot merge: ${this.reason}`;
  }
}

const Config = Schema.Struct(
  {
    task: Schema.String,
    prompts: Schema.Array(Schema.Unknown),
    answers: Schema.optionalWith(Schema.Int, { exact: true }),
    shard: Schema.optionalWith(ShardConfiguration, { exact: true }),
  },
  Schema.Record({ key: Schema.String, value: Schema.Unknown }),
);

/** A run directory read for merging. */
interface Part {
  readonly directory: string;
  readonly shard: ShardConfiguration;
  /** The configuration without the shard. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly task: string;
  /** Samples of each example: one for each prompt and answer. */
  readonly perExample: number;
  /** Where each of its examples stands in the dataset, from 0, by id. */
  readonly places: ReadonlyMap<string, number>;
  /** Prompts that each example ran under, as the configuration has them. */
  readonly prompts: readonly unknown[];
  /** Where each of its samples stands in its samples.jsonl. */
  readonly samples: readonly SamplePlace[];
  /** Of its last session. */
  readonly failures: readonly Failure[];
}

/** A sample that is not held: its names, and its line in a file. */
interface SamplePlace extends Pick<Sample, "id" | "example" | "prompt"> {
  /** From 1. */
  readonly draw: number;
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** Options of {@linkcode merge}. */
export interface MergeOptions {
  /** Recorded, not compared: versions, machine. */
  readonly about: unknown;
  /** Whether shards may be of unlike devices, whose answers can differ where two tokens are nearly as likely; false by default. */
  readonly mixedDevices?: boolean;
}

/**
 * Merges shards: all of one run, none missing, none unfinished, none twice. The samples come in the order
 * that a whole run would have written: by prompts, then as in the dataset. What failed in a shard has failed in the whole.
 *
 * @param into the run directory to write; continued if an earlier merge was cut off
 * @param directories run directories of all shards, in any order
 * @returns the summary of the whole; fails with {@linkcode MergeError} naming the directory at fault
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { Arm, localEvaluator } from "dynamic-prompt-corruption/arm";
 * import { merge, runEvaluation, shardOf } from "dynamic-prompt-corruption/run";
 * import { Progress } from "dynamic-prompt-corruption/terminal";
 * import { NO_PROMPT } from "dynamic-prompt-corruption/prompt";
 * import { examples, wordProblems } from "dynamic-prompt-corruption/task";
 *
 * const task = wordProblems;
 * const arms = [Arm.make({ name: "base", prompted: false })];
 * const dataset = examples(task, { path: "data/benchmark", split: "dev", limit: 4 });
 *
 * // what each machine runs
 * const part = (index: number) =>
 *   Effect.gen(function* () {
 *     const { examples, ids, places, total } = yield* shardOf(dataset, { index, of: 2 });
 *     const shard = { index, of: 2, ids, places: places.join(" "), total };
 *     const config = { task: task.name, prompts: ["base"], shard };
 *     const run = { directory: `runs/part-${index}`, config, about: {}, task, tokenize: {} };
 *     yield* runEvaluation({ ...run, examples, prompts: ["base"] });
 *   });
 *
 * export const program = Effect.gen(function* () {
 *   yield* part(1);
 *   yield* part(2);
 *   const { n } = yield* merge("runs/whole", ["runs/part-1", "runs/part-2"], { about: {} });
 *   assert.equal(n, 4);
 * }).pipe(
 *   Effect.provide(localEvaluator(task, [{ prompt: NO_PROMPT, arms }])),
 *   Effect.provide(Progress.layer({ quiet: true })),
 * );
 * ```
 */
export function merge(
  into: string,
  directories: readonly string[],
  { about, mixedDevices = false }: MergeOptions,
): Effect.Effect<Summary, MergeError | Journal.OpenError | Journal.InvalidRecord, Files> {
  return Effect.scoped(Effect.gen(function* () {
    const parts = yield* Effect.forEach(directories, readPart);
    const [first] = parts;
    const fault = first === undefined
      ? "no run directory is given"
      : faultOfShards(parts, mixedDevices) ?? faultOfSamples(parts);
    if (first === undefined || fault !== undefined) {
      return yield* new MergeError({ reason: fault ?? "" });
    }
    const { task } = first;
    const config = mixedDevices ? { ...first.config, device: devicesOf(parts) } : first.config;
    const journal = yield* Journal.open(into, { config, about, schema: Sample });
    yield* Stream.fromIterable(inOrder(parts)).pipe(
      Stream.filter(({ id }) => !journal.finished.has(id)),
      Stream.mapEffect(yield* sampleReader(parts)),
      // one write, and one wait for the disk, for so many
      Stream.rechunk(256),
      Journal.append(journal),
      Stream.runDrain,
    );
    const failures = parts.flatMap(({ failures }) => failures);
    const { add } = yield* openFailures(into, Infinity, 0);
    yield* Effect.forEach(failures, add, { discard: true }).pipe(
      // any number is allowed
      Effect.catchTag("TooManyErrors", Effect.die),
    );
    return yield* writeResults(journal, task, {
      failed: failures.length,
      primary: primaryOf(config),
    });
  }));
}

function readPart(directory: string) {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const run = yield* readRunFile(directory, Config);
    const { shard, ...config } = run.config;
    if (shard === undefined) {
      return yield* new MergeError({ reason: `'${directory}' is a whole run, not a shard` });
    }
    const file = path.join(directory, Journal.SAMPLES_FILE);
    const samples = yield* entries(file, Sample).pipe(
      Stream.map(({ record: { id, example, prompt, draw = 1 }, start, end }): SamplePlace => (
        { id, example, prompt, draw, file, start, end }
      )),
      Stream.runCollect,
      Effect.map(Chunk.toReadonlyArray),
    );
    const finished = new Set(samples.map(({ id }) => id));
    const failures = (yield* readFailures(directory)).filter(({ id }) => !finished.has(id));
    const places = shard.places.split(" ").map(Number);
    const { task, prompts, answers = 1 } = run.config;
    return {
      directory,
      shard,
      config,
      task,
      places: new Map(shard.ids.map((id, at) => [id, places[at] ?? 0])),
      prompts,
      perExample: prompts.length * answers,
      samples,
      failures,
    } satisfies Part;
  });
}

/** The devices of all parts. */
const devicesOf = (parts: readonly Part[]): string =>
  [...new Set(parts.map(({ config }) => String(config["device"])))].sort().join(" + ");

/** What keeps these shards from being all of one run. */
function faultOfShards(parts: readonly Part[], mixedDevices: boolean): string | undefined {
  const { directory: reference, shard: { of, total }, config } = parts[0]!;
  const seen = new Map<number, string>();
  for (const part of parts) {
    const { directory, shard } = part;
    const { device } = mixedDevices ? config : part.config;
    const changed = differences({ ...config, of, total }, {
      ...part.config,
      ...(device === undefined ? {} : { device }),
      of: shard.of,
      total: shard.total,
    });
    if (changed.length > 0) {
      const lines = describeDifferences(changed, `in '${reference}'`, "here");
      const remedy = changed.every(({ key }) => key === "device")
        ? " (--mixed-devices merges them all the same)"
        : "";
      return `'${directory}' is of another run than '${reference}': ${lines.join("; ")}${remedy}`;
    }
    const other = seen.get(shard.index);
    if (other !== undefined) {
      return `'${other}' and '${directory}' are the same shard ${shard.index}/${of}`;
    }
    seen.set(shard.index, directory);
  }
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter((index) => !seen.has(index));
  return missing.length === 0
    ? undefined
    : `${missing.length === 1 ? "shard" : "shards"} ${
      missing.slice(0, 20).join(", ")
    } of ${of} missing`;
}

/** What keeps these samples from being all of the run. */
function faultOfSamples(parts: readonly Part[]): string | undefined {
  const owners = new Map<string, string>();
  for (const { directory, places, perExample, samples, failures } of parts) {
    const wanted = places.size * perExample;
    if (samples.length + failures.length !== wanted) {
      return `'${directory}' has ${samples.length} of its ${wanted} samples: run its command again`;
    }
    const stranger = samples.find(({ example }) => !places.has(example));
    if (stranger !== undefined) return `'${directory}' has '${stranger.id}', which is not its own`;
    for (const { id } of samples) {
      const other = owners.get(id);
      if (other !== undefined) return `'${id}' is in '${other}' and in '${directory}'`;
      owners.set(id, directory);
    }
    for (const { id } of failures) owners.set(id, directory);
  }
  const { shard: { total }, perExample } = parts[0]!;
  const wanted = total * perExample;
  return owners.size === wanted
    ? undefined
    : `the shards have ${owners.size} samples together and the run ${wanted}`;
}

/** Where the samples stand, in the order that a whole run has them in. */
function inOrder(parts: readonly Part[]): readonly SamplePlace[] {
  return promptsInOrder(parts).flatMap((name) =>
    parts
      .flatMap(({ places, samples }) =>
        samples.filter(({ prompt }) => prompt === name)
          // a line may stand later than its example: what failed is tried again at the end
          .map((sample) => ({ sample, place: places.get(sample.example)! }))
      )
      .sort((a, b) => a.place - b.place || a.sample.draw - b.sample.draw)
      .map(({ sample }) => sample)
  );
}

/** What reads a sample again at its place; the files stay open until the scope closes. */
function sampleReader(parts: readonly Part[]) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const names = new Set(parts.flatMap(({ samples }) => samples.map(({ file }) => file)));
    const files = new Map(
      yield* Effect.forEach(
        names,
        (name) =>
          Effect.map(
            Effect.mapError(fs.open(name), fileError("read", name)),
            (file) => [name, file] as const,
          ),
      ),
    );
    return ({ file: name, start, end }: SamplePlace) =>
      Effect.gen(function* () {
        const file = files.get(name)!;
        yield* file.seek(start, "start");
        const bytes = yield* Effect.mapError(file.readAlloc(end - start), fileError("read", name));
        return yield* pipe(
          parseJson(Option.getOrElse(bytes, () => new Uint8Array())),
          Either.flatMap(decode(Sample)),
          Either.mapLeft((reason) => new FileError({ action: "read", file: name, reason })),
        );
      });
  });
}

/** Names of the prompts as the run has them: a shard's lines may lack one under which all has failed, or have it late. */
function promptsInOrder(parts: readonly Part[]): readonly string[] {
  const found = new Set(parts.flatMap(({ samples }) => samples.map(({ prompt }) => prompt)));
  const named = parts[0]!.prompts.flatMap((prompt) =>
    typeof prompt === "string" ? [prompt] : isNamed(prompt) ? [prompt.name] : []
  );
  return [...new Set([...named.filter((name) => found.has(name)), ...found])];
}

const isNamed = Schema.is(Schema.Struct({ name: Schema.String }));
