/**
 * A checkpoint in Hugging Face's form: a directory with config.json and safetensors files. Opening it reads headers only; the
 * weights stay in their files, at the places given here.
 *
 * @module
 */
import type { FileSystem, Path } from "@effect/platform";
import { Effect, Either } from "effect";
import type { FileError } from "../../schema/files.ts";
import {
  type DecoderConfig,
  type ModelConfigError,
  readConfig,
  unappliedGeneration,
} from "./config.ts";
import type { GgufError } from "../gguf/mod.ts";
import { checkLinks } from "./links.ts";
import { locateModel } from "./locate.ts";
import { CheckpointError, readShards, type StoredTensor } from "./shards.ts";
import { EMBEDDING_WEIGHT, OUTPUT_WEIGHT, storedTensors } from "./expected_tensors.ts";
import type { SafetensorsError } from "../safetensors/mod.ts";
import {
  checkFinite as checkTensor,
  isWeightDtype,
  type NonFiniteError,
  readRows,
  readTensor,
  type TensorLocation,
} from "../safetensors/mod.ts";

/** An opened checkpoint. */
export interface Checkpoint {
  /** Where it lies; of a GGUF file the copy with weights as float32. */
  readonly directory: string;
  /** The commit of the Hugging Face Hub that its files are of, where that is known. */
  readonly commit: string | undefined;
  /** What config.json says. */
  readonly config: DecoderConfig;
  /** Where each weight lies, by its Hugging Face name, in the order of computation. */
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  /** What it holds or asks for that has no effect here, a line each; most have nothing. */
  readonly warnings: readonly string[];
}

/** Why a checkpoint could not be opened. */
export type OpenError =
  | CheckpointError
  | FileError
  | GgufError
  | ModelConfigError
  | SafetensorsError;

/**
 * Opens a checkpoint: reads its config and headers, and checks that every weight is there in full, with its shape.
 *
 * @param model a directory as Hugging Face writes it, a GGUF file, or `org/name[@revision]` of the Hugging Face cache; weights of a GGUF
 *   file are copied into the user's cache as float32, once
 * @returns the checkpoint; nothing to close
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { Checkpoint } from "dynamic-prompt-corruption/model";
 *
 * export const program = Effect.gen(function* () {
 *   const { config, tensors } = yield* Checkpoint.open("data/model");
 *   assert.deepEqual(tensors.get("model.norm.weight")?.shape, [config.hiddenSize]);
 * });
 * ```
 */
export function open(
  model: string,
): Effect.Effect<Checkpoint, OpenError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const { directory, commit } = yield* locateModel(model);
    yield* checkLinks(directory);
    const read = yield* readConfig(directory);
    const stored = withEmbedding(read, yield* readShards(directory));
    // A model that is said to be tied but stores an output matrix uses that matrix, as transformers 5 does
    const config = { ...read, tiedEmbeddings: read.tiedEmbeddings && !stored.has(OUTPUT_WEIGHT) };
    const tensors = yield* Either.mapLeft(
      locate(config, stored),
      (reason) => new CheckpointError({ directory, reason }),
    );
    const unapplied = yield* unappliedGeneration(directory);
    const known = new Set(storedTensors(config).map(({ name }) => name));
    const strays = [...stored.keys()].filter((name) =>
      !known.has(name) && isPartOfLayer(name, config)
    );
    const warnings = [
      ...(unapplied.length === 0 ? [] : [
        `generation_config.json of '${directory}' sets ${unapplied.join(", ")}, which greedy ` +
        "answers here do not follow",
      ]),
      ...(strays.length === 0 ? [] : [
        `'${directory}' holds ${strays.length === 1 ? "a weight" : `${strays.length} weights`} ` +
        `that a ${config.family} decoder of its config does not have, as '${strays[0]}': ` +
        "left out, as in transformers",
      ]),
    ];
    return { directory, commit, config, tensors, warnings };
  });
}

/** A tied checkpoint may hold its one matrix under the output's name alone. */
function withEmbedding(
  { tiedEmbeddings }: DecoderConfig,
  stored: ReadonlyMap<string, StoredTensor>,
): ReadonlyMap<string, StoredTensor> {
  const output = stored.get(OUTPUT_WEIGHT);
  if (!tiedEmbeddings || output === undefined || stored.has(EMBEDDING_WEIGHT)) return stored;
  const others = [...stored].filter(([name]) => name !== OUTPUT_WEIGHT);
  return new Map([[EMBEDDING_WEIGHT, output], ...others]);
}

/** Pairs each weight of the decoder with its place, or says which is wrong. */
function locate(
  config: DecoderConfig,
  stored: ReadonlyMap<string, StoredTensor>,
): Either.Either<ReadonlyMap<string, TensorLocation>, string> {
  const tensors = new Map<string, TensorLocation>();
  for (const { name, shape, weights } of storedTensors(config)) {
    const entry = stored.get(name);
    if (entry === undefined) return Either.left(missing(name, config, stored));
    const { dtype } = entry;
    if (entry.shape.length !== shape.length || entry.shape.some((n, axis) => n !== shape[axis])) {
      return Either.left(
        `Cannot load tensor '${name}' as its shape must be [${shape}]: found [${entry.shape}]`,
      );
    }
    if (!isWeightDtype(dtype)) {
      return Either.left(
        `Cannot load tensor '${name}' as it must be F32, F16 or BF16: found ${dtype}`,
      );
    }
    let { offset } = entry;
    for (const [weight, shape] of weights) {
      const length = entry.length * shape[0]! / entry.shape[0]!;
      tensors.set(weight, { ...entry, dtype, name: weight, shape, offset, length });
      offset += length;
    }
  }
  return Either.right(tensors);
}

function missing(
  name: string,
  { family, layers }: DecoderConfig,
  stored: ReadonlyMap<string, StoredTensor>,
): string {
  const hint = name === OUTPUT_WEIGHT
    ? " and config.json does not set tie_word_embeddings"
    : stored.has(name.replace(/^model\./, ""))
    ? `: found it without 'model.'; save the model with its head (a ForCausalLM class)`
    : ` though a ${family} decoder of ${layers} layers has it`;
  return `Cannot load tensor '${name}' as the checkpoint does not hold it${hint}`;
}

/**
 * Whether a tensor is named as one of the decoder's layers': a bias or norm that the config does not tell of. Nothing is said of
 * tensors elsewhere, nor of the rotary frequencies that old checkpoints store.
 */
function isPartOfLayer(name: string, config: DecoderConfig): boolean {
  const layer = /^model\.layers\.(\d+)\./.exec(name)?.[1];
  return layer !== undefined && Number(layer) < config.layers &&
    !name.endsWith(".rotary_emb.inv_freq");
}

/**
 * Reads a weight as float32, row-major.
 *
 * @param name Hugging Face's name, one of `checkpoint.tensors`; another one dies with a RangeError
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { Checkpoint } from "dynamic-prompt-corruption/model";
 *
 * export const program = Effect.gen(function* () {
 *   const checkpoint = yield* Checkpoint.open("data/model");
 *   const scale = yield* Checkpoint.tensor(checkpoint, "model.norm.weight");
 *   assert.equal(scale.length, checkpoint.config.hiddenSize);
 * });
 * ```
 */
export function tensor(
  checkpoint: Checkpoint,
  name: string,
): Effect.Effect<Float32Array, SafetensorsError, FileSystem.FileSystem> {
  return Effect.flatMap(location(checkpoint, name), readTensor);
}

/**
 * Reads the embeddings of some tokens as float32, as the decoder takes them.
 *
 * @param ids token ids below the vocabulary's size; repeats are allowed
 * @returns [ids.length, d], row-major
 */
export function embeddings(
  checkpoint: Checkpoint,
  ids: readonly number[],
): Effect.Effect<Float32Array, SafetensorsError, FileSystem.FileSystem> {
  const scale = Math.fround(checkpoint.config.tokenScale);
  return Effect.map(
    Effect.flatMap(location(checkpoint, EMBEDDING_WEIGHT), (matrix) => readRows(matrix, ids)),
    (rows) => scale === 1 ? rows : rows.map((value) => scale * value),
  );
}

/**
 * Checks that all weights are finite; reads the whole checkpoint in pieces.
 *
 * @returns nothing; fails with {@linkcode NonFiniteError} at the first NaN or infinite element
 */
export function checkFinite(
  checkpoint: Checkpoint,
): Effect.Effect<void, SafetensorsError | NonFiniteError, FileSystem.FileSystem> {
  return Effect.forEach(checkpoint.tensors.values(), (tensor) => checkTensor(tensor), {
    discard: true,
  });
}

function location(checkpoint: Checkpoint, name: string) {
  const found = checkpoint.tensors.get(name);
  return found === undefined
    ? Effect.die(new RangeError(`The checkpoint has no tensor '${name}'`))
    : Effect.succeed(found);
}
