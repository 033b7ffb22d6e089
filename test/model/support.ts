/**
 * Files that the suites of lib/model need: malformed safetensors, and checkpoints changed in one place.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { readDirectory } from "../../lib/model/safetensors/read.ts";
import { type NamedTensor, writeSafetensors } from "../../lib/model/safetensors/write.ts";
import { readTensor } from "../../lib/model/safetensors/tensor_data.ts";

/** Bytes of a safetensors file with this header, whether or not it is a valid one. */
export function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** Writes bytes to a file of its own, which goes with the scope. */
export const temporaryFile = (bytes: Uint8Array) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const file = path.join(yield* fs.makeTempDirectoryScoped(), "model.safetensors");
    yield* fs.writeFile(file, bytes);
    return file;
  });

/** The folder of a test vector. */
export const vector = (name: string) => new URL(`../vectors/${name}`, import.meta.url).pathname;

/** Copies a test vector to a folder that may be changed and goes with the scope. */
export const copyOf = (name: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const directory = yield* fs.makeTempDirectoryScoped();
    yield* fs.copy(vector(name), directory, { overwrite: true });
    return directory;
  });

/** Changes a JSON file of a folder. */
export const editJson = (
  directory: string,
  name: string,
  // deno-lint-ignore no-explicit-any -- the test says what it holds
  edit: (json: any) => void,
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const file = (yield* Path.Path).join(directory, name);
    const json = JSON.parse(yield* fs.readFileString(file));
    edit(json);
    yield* fs.writeFileString(file, JSON.stringify(json));
  });

/** Rewrites the weights of a folder after a change. */
export const editWeights = (
  directory: string,
  edit: (tensors: NamedTensor[]) => readonly NamedTensor[],
) =>
  Effect.gen(function* () {
    const file = (yield* Path.Path).join(directory, "model.safetensors");
    const { tensors } = yield* readDirectory(file);
    const read = yield* Effect.forEach(
      tensors,
      ([name, entry]) =>
        Effect.map(
          readTensor({ ...entry, name, file, dtype: "F32" }),
          (data) => ({ name, shape: entry.shape, data }),
        ),
    );
    yield* writeSafetensors(file, edit(read));
  });

/** The message of the error that an effect must end with, checked to be one line and typed. */
export const failure = <A, E extends { readonly _tag: string; readonly message: string }, R>(
  effect: Effect.Effect<A, E, R>,
): Effect.Effect<E, Error, R> =>
  Effect.matchEffect(effect, {
    onSuccess: () => Effect.fail(new Error("It succeeded, but must fail")),
    onFailure: (error) =>
      error.message.includes("\n")
        ? Effect.fail(new Error(`The message has several lines: ${error.message}`))
        : Effect.succeed(error),
  });
