/**
 * The state of a tuning run on disk, so that the same command continues it exactly.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import {
  readDirectory,
  readTensor,
  type SafetensorsError,
  writeSafetensors,
} from "../model/mod.ts";
import { type FileError, readJson, writeJson } from "../schema/files.ts";
import { Schema } from "../schema/mod.ts";
import { PromptError } from "./soft_prompt.ts";
import type { TuneState } from "./tune.ts";

const STATE_FILE = "tuning.json";

/** Names of the tensors' files. */
const TENSORS_FILE = /^tuning-\d{1,9}\.safetensors$/;

const StateJson = Schema.Struct({
  format: Schema.Literal(1),
  /** What makes the run this run. */
  config: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  step: Schema.Int.pipe(Schema.nonNegative()),
  /** Loss of each step so far. */
  losses: Schema.Array(Schema.Number),
  tensors: Schema.String.pipe(Schema.pattern(TENSORS_FILE)),
});

/** A state and the losses on the way to it. */
export interface TuneCheckpoint {
  /** Where the tuning stands. */
  readonly state: TuneState;
  /** The loss of each step so far. */
  readonly losses: readonly number[];
}

/**
 * Saves a state. The tensors' file is named after its step, and the JSON that points to it is replaced last: so a crash leaves the former
 * state.
 */
export function saveState(
  directory: string,
  { state, losses }: TuneCheckpoint,
  config: unknown,
): Effect.Effect<void, FileError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const tensors = `tuning-${state.step}.safetensors`;
    const { first, second } = state.optimizer;
    const shape = [state.vectors.length];
    yield* writeSafetensors(path.join(directory, tensors), [
      { name: "vectors", shape, data: state.vectors },
      { name: "first", shape, data: first },
      { name: "second", shape, data: second },
    ]);
    yield* writeJson(path.join(directory, STATE_FILE), {
      format: 1,
      config,
      step: state.step,
      losses,
      tensors,
    });
    for (const name of yield* Effect.orElseSucceed(fs.readDirectory(directory), () => [])) {
      if (TENSORS_FILE.test(name) && name !== tensors) {
        yield* Effect.ignore(fs.remove(path.join(directory, name)));
      }
    }
  });
}

/**
 * Loads the state of a directory.
 *
 * @param config must equal that of the saved state
 * @returns the state, or `undefined` where there is none; fails with {@linkcode PromptError} when the directory holds another run
 */
export function loadState(
  directory: string,
  config: unknown,
): Effect.Effect<
  TuneCheckpoint | undefined,
  PromptError | FileError | SafetensorsError,
  FileSystem.FileSystem | Path.Path
> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const file = path.join(directory, STATE_FILE);
    if (!(yield* Effect.orElseSucceed(fs.exists(file), () => false))) return undefined;
    const json = yield* readJson(file, StateJson);
    const refuse = (reason: string) => new PromptError({ directory, reason });
    const changed = difference(json.config, config);
    if (changed !== undefined) {
      return yield* refuse(
        `it is being tuned with other settings (${changed}): choose another directory`,
      );
    }
    const tensorFile = path.join(directory, json.tensors);
    const { tensors } = yield* readDirectory(tensorFile);
    const size = tensors.get("vectors")?.shape.join();
    const read = (name: string) =>
      Effect.gen(function* () {
        const entry = tensors.get(name);
        if (entry?.dtype === "F32" && entry.shape.join() === size) {
          return yield* readTensor({ ...entry, dtype: "F32", name, file: tensorFile });
        }
        return yield* refuse(`'${json.tensors}' must hold '${name}' as F32 [${size ?? "n * d"}]`);
      });
    return {
      losses: json.losses,
      state: {
        step: json.step,
        vectors: yield* read("vectors"),
        optimizer: { step: json.step, first: yield* read("first"), second: yield* read("second") },
      },
    };
  });
}

/** The first setting in which two configurations differ, or undefined. */
function difference(was: unknown, is: unknown): string | undefined {
  const [before, now] = [was, is].map((config) => new Map(Object.entries(config ?? {})));
  const text = (value: unknown) => JSON.stringify(value) ?? "absent";
  for (const key of new Set([...before!.keys(), ...now!.keys()])) {
    const [a, b] = [text(before!.get(key)), text(now!.get(key))];
    if (a !== b) return `${key} was ${a}, now ${b}`;
  }
  return undefined;
}
