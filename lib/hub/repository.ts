/**
 * Repositories of the Hugging Face Hub by name, and where its clients keep them on this machine.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { homedir } from "node:os";
import { env } from "node:process";

/** Kinds of repositories that are read. */
export type RepositoryKind = "model" | "dataset";

/** A repository at a revision: a branch, a tag or a commit. */
export interface Repository {
  readonly kind: RepositoryKind;
  /** As `org/name`. */
  readonly name: string;
  readonly revision: string;
}

/** The branch that is meant where none is said. */
const MAIN = "main";

/** Reads `org/name` or `org/name@revision`; undefined where it is not of this form. */
export function parseRepository(kind: RepositoryKind, text: string): Repository | undefined {
  const [, name, revision = MAIN] =
    /^([\w-][\w.-]*\/[\w-][\w.-]*)(?:@([\w-][\w./-]*))?$/.exec(text) ?? [];
  // a name with two hyphens or points would be another's folder, or lead out of it
  return name === undefined || /--|\.\./.test(name) || /\.\.|\/$|\/\//.test(revision)
    ? undefined
    : { kind, name, revision };
}

/** Whether a revision is a commit. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/**
 * The folder in which the Hub's clients keep what they download: `$HF_HUB_CACHE`, else `hub` in `$HF_HOME` or in `huggingface` of the
 * user's cache (as `huggingface_hub`).
 */
export function hubCache(path: Path.Path): string {
  const { HF_HUB_CACHE: own, HF_HOME: home, XDG_CACHE_HOME: caches } = env;
  const inHome = (folder: string) => folder.replace(/^~(?=$|[/\\])/, () => homedir());
  return inHome(
    own || path.join(home || path.join(caches || path.join("~", ".cache"), "huggingface"), "hub"),
  );
}

/** The folder of a repository in the cache: `blobs`, `refs` and `snapshots` are in it. */
export const repositoryFolder = (path: Path.Path, { kind, name }: Repository): string =>
  path.join(hubCache(path), `${kind}s--${name.replace("/", "--")}`);

/** A repository's files at one commit. */
export interface Snapshot {
  readonly directory: string;
  readonly commit: string;
}

/** Finds a repository in the cache, or says why it is not there. */
export function findSnapshot(
  repository: Repository,
): Effect.Effect<Snapshot, string, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const { kind, name, revision } = repository;
    const folder = repositoryFolder(path, repository);
    const exists = (file: string) => Effect.orElseSucceed(fs.exists(file), () => false);
    if (!(yield* exists(folder))) {
      return yield* Effect.fail(`the Hugging Face cache '${hubCache(path)}' has no such ${kind}`);
    }
    const commit = isCommit(revision) ? revision : yield* Effect.orElseSucceed(
      Effect.map(fs.readFileString(path.join(folder, "refs", revision)), (text) => text.trim()),
      () => "",
    );
    const directory = path.join(folder, "snapshots", commit);
    if (isCommit(commit) && (yield* exists(directory))) return { directory, commit };
    return yield* Effect.fail(
      `the Hugging Face cache '${hubCache(path)}' has '${name}' but not its revision '${revision}'`,
    );
  });
}

/**
 * The commit of the Hub that a folder's files are of: of a snapshot in the cache, or of a folder that a client has filled
 * (`.cache/huggingface/download`); undefined where neither is known.
 *
 * @param file one that such a folder has
 */
export function commitOf(
  directory: string,
  file: string,
): Effect.Effect<string | undefined, never, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const folder = yield* fs.realPath(directory);
    // a file may stand in a folder of the snapshot
    const [, snapshot] = /[/\\]snapshots[/\\]([0-9a-f]{40})(?:[/\\]|$)/.exec(folder) ?? [];
    const commit = snapshot ??
      (yield* fs.readFileString(metadataFile(path, folder, file))).split("\n")[0]!.trim();
    return isCommit(commit) ? commit : undefined;
  }).pipe(Effect.orElseSucceed(() => undefined));
}

/** Where a client notes of a file that it downloaded into a folder: commit, ETag and time, a line each. */
export const metadataFile = (path: Path.Path, folder: string, file: string): string =>
  path.join(folder, ".cache", "huggingface", "download", `${file}.metadata`);
