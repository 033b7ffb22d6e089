/**
 * Files as the Hub's cache names them: by their content, so that one that is damaged is known.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { createHash, type Hash } from "node:crypto";
import { hashFile } from "../schema/files.ts";
import { isCommit } from "./repository.ts";

/** Begins the hash that the Hub calls a file of so many bytes by: Git's SHA-1, of 40 digits, or SHA-256. */
export const hubHash = (name: string, bytes: number): Hash =>
  isCommit(name) ? createHash("sha1").update(`blob ${bytes}\0`) : createHash("sha256");

/** A file of the cache that a name leads to. */
export interface Blob {
  readonly file: string;
  /** What its content's hash is to be. */
  readonly hash: string;
  readonly bytes: number;
}

/** The blob of the Hub's cache that a file of a snapshot leads to; undefined where it leads to none that is named by its content. */
export function blobOf(
  file: string,
): Effect.Effect<Blob | undefined, never, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const real = yield* fs.realPath(file);
    const hash = path.basename(real);
    const isBlob = path.basename(path.dirname(real)) === "blobs" &&
      /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(hash);
    return isBlob ? { file: real, hash, bytes: Number((yield* fs.stat(real)).size) } : undefined;
  }).pipe(Effect.orElseSucceed(() => undefined));
}

/** Whether a blob has the content that it is named by. */
export const isIntactBlob = (
  { file, hash, bytes }: Blob,
): Effect.Effect<boolean, never, FileSystem.FileSystem> =>
  hashFile(file, () => hubHash(hash, bytes)).pipe(
    Effect.map((found) => found === hash),
    Effect.orElseSucceed(() => false),
  );
