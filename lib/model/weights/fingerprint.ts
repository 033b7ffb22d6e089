/**
 * A hash that tells checkpoints apart without reading all of them.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { createHash } from "node:crypto";
import { type FileError, fileError } from "../../schema/files.ts";
import type { Checkpoint } from "../checkpoint/mod.ts";

/** Blocks read of each tensor: its first, its last, and others between. */
const BLOCKS = 8;
const BLOCK_BYTES = 4096;

/**
 * SHA-256 of the configuration, of every tensor's name, dtype and shape, and of eight blocks of 4 KiB, evenly spaced, of each
 * tensor's bytes: any training changes some of them, and a checkpoint of 8 B parameters takes a fraction of a second.
 *
 * @returns 64 hexadecimal digits
 */
export function fingerprint(
  { config, tensors }: Checkpoint.Checkpoint,
): Effect.Effect<string, FileError, FileSystem.FileSystem> {
  return Effect.scoped(Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const hash = createHash("sha256").update(JSON.stringify(config));
    const handles = new Map<string, FileSystem.File>();
    for (const { name, file, dtype, shape, offset, length } of tensors.values()) {
      hash.update(`${name} ${dtype} ${shape.join(",")}\n`);
      const read = Effect.gen(function* () {
        const handle = handles.get(file) ?? (yield* fs.open(file));
        handles.set(file, handle);
        for (let block = 0; block < BLOCKS; block++) {
          const last = Math.max(0, length - BLOCK_BYTES);
          const bytes = new Uint8Array(Math.min(BLOCK_BYTES, length));
          yield* handle.seek(offset + Math.floor(last * block / (BLOCKS - 1)), "start");
          yield* handle.read(bytes);
          hash.update(bytes);
        }
      });
      yield* Effect.mapError(read, fileError("read", file));
    }
    return hash.digest("hex");
  }));
}
