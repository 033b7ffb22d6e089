/**
 * Files read piece by piece through transformations, and unpacked on the way where their names end in `.gz`.
 *
 * @module
 */
import { createReadStream, createWriteStream } from "node:fs";
import { type Duplex, PassThrough, pipeline } from "node:stream";
import { pipeline as finished } from "node:stream/promises";
import { createGunzip } from "node:zlib";

/** Whether a file is packed. */
export const isCompressed = (path: string): boolean => /\.gz$/i.test(path);

/** Bytes read at a time. */
const CHUNK_SIZE = 256 * 1024;

const unpacking = (path: string): Duplex => isCompressed(path) ? createGunzip() : new PassThrough();

/** What comes out of the last transformation; iterating throws the failure of any. */
export async function* readThrough(
  path: string,
  ...through: readonly Duplex[]
): AsyncGenerator<unknown> {
  const source = createReadStream(path, { highWaterMark: CHUNK_SIZE });
  const steps = [unpacking(path), ...through];
  // the iteration below throws what goes wrong
  pipeline([source, ...steps], () => undefined);
  try {
    yield* steps.at(-1)!;
  } catch (error) {
    throw readable(error);
  } finally {
    source.destroy();
  }
}

/** Writes a packed file's content into another. */
export const unpack = (path: string, to: string): Promise<void> =>
  finished(createReadStream(path), createGunzip(), createWriteStream(to, { flags: "wx" })).catch(
    (error) => {
      throw readable(error);
    },
  );

/** zlib's failures in words. */
function readable(error: unknown): unknown {
  const { code } = error as { readonly code?: unknown };
  if (code === "Z_BUF_ERROR") return new Error("it ends in the middle of its gzip data");
  return /^Z_/.test(String(code)) ? new Error("it is not gzip data, or is damaged") : error;
}
