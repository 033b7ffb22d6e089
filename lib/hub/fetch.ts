/**
 * Downloading a repository: into the cache of the Hub's clients, in their layout, or into a folder of the user's.
 *
 * @module
 */
import { FileSystem, type HttpClient, Path } from "@effect/platform";
import { Effect } from "effect";
import { type FileError, fileError, type Files, writeAtomic } from "../schema/files.ts";
import { download, type DownloadError, type RemoteFile } from "./download.ts";
import type { Listing } from "./listing.ts";
import { isCommit, metadataFile, repositoryFolder } from "./repository.ts";

/**
 * Downloads the files of a listing that are not there yet, each checked by size and hash.
 *
 * @param to the folder they go to; the cache of the Hub's clients by default
 * @param received is told how many bytes of all files are there, as they come
 * @returns the folder that holds them
 */
export function fetchFiles(
  listing: Listing,
  to: string | undefined,
  received: (bytes: number) => Effect.Effect<void> = () => Effect.void,
): Effect.Effect<string, DownloadError | FileError, Files | HttpClient.HttpClient> {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const { repository, commit, files } = listing;
    const cache = repositoryFolder(path, repository);
    const directory = to ?? path.join(cache, "snapshots", commit);
    let before = 0;
    for (const file of files) {
      const progress = (bytes: number) => received(before + bytes);
      if (to === undefined) {
        yield* download({ ...file, file: `blobs/${file.sha256}` }, cache, progress);
        yield* link(path.join(directory, file.file), path.join(cache, "blobs", file.sha256));
      } else {
        yield* download(file, to, progress);
        yield* write(metadataFile(path, to, file.file), note(commit, file));
      }
      before += file.bytes;
      yield* received(before);
    }
    const { revision } = repository;
    // the last step: what the name leads to is complete
    if (to === undefined && !isCommit(revision)) {
      yield* write(path.join(cache, "refs", revision), commit);
    }
    return directory;
  });
}

/** As `huggingface_hub` notes what it has put into a folder. */
const note = (commit: string, { sha256 }: RemoteFile): string =>
  `${commit}\n${sha256}\n${Date.now() / 1000}\n`;

function write(file: string, text: string) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = (yield* Path.Path).dirname(file);
    yield* Effect.mapError(
      fs.makeDirectory(folder, { recursive: true }),
      fileError("write", folder),
    );
    yield* writeAtomic(file, [new TextEncoder().encode(text)]);
  });
}

/** Makes a file of a snapshot a link to its content. */
function link(file: string, blob: string) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const folder = path.dirname(file);
    yield* fs.makeDirectory(folder, { recursive: true });
    yield* fs.remove(file, { force: true });
    yield* fs.symlink(path.relative(folder, blob), file);
  }).pipe(Effect.mapError(fileError("write", file)));
}
