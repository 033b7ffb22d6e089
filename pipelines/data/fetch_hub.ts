/**
 * `dpc fetch model` and `dpc fetch data`: what is to come is said before, and how much of it has come meanwhile.
 *
 * @module
 */
import { FetchHttpClient, FileSystem, Path } from "@effect/platform";
import { Console, Effect, Layer } from "effect";
import { env } from "node:process";
import {
  fetchFiles,
  guardedFetch,
  type HubAccess,
  hubCache,
  HubError,
  list,
  type Listing,
  parseRepository,
  type RepositoryKind,
} from "../../lib/hub/mod.ts";
import { fileError, freeBytes } from "../../lib/schema/files.ts";
import { Progress } from "../../lib/terminal/mod.ts";

/** What is fetched, and where it goes. */
interface FetchOptions {
  readonly to: string | undefined;
  /** Paths of files, if not all. */
  readonly only: readonly string[];
}

/** Downloads repositories of the Hub, one after the other. */
export function fetchRepositories(
  kind: RepositoryKind,
  names: readonly string[],
  { to, only }: FetchOptions,
) {
  return Effect.gen(function* () {
    const access: HubAccess = {
      endpoint: env["HF_ENDPOINT"] || "https://huggingface.co",
      token: env["HF_TOKEN"] || undefined,
    };
    const refuse = (repository: string, reason: string) => new HubError({ repository, reason });
    if (names.length === 0) return yield* refuse(kind, "give its name, as org/name");
    if (to !== undefined && names.length > 1) {
      return yield* refuse(names.join(" "), "give one name with --to");
    }
    for (const name of names) {
      const repository = parseRepository(kind, name);
      if (repository === undefined) {
        return yield* refuse(name, "its name must be org/name or org/name@revision");
      }
      const listing = yield* list(repository, access, only);
      const why = lacks(listing);
      if (why !== undefined) return yield* refuse(name, why);
      yield* checkSpace(listing, to);
      const directory = yield* withProgress(listing, to, access);
      yield* Console.log(
        `${directory}: ${listing.files.length} files of ${name} at ${listing.commit}, sizes and hashes as expected`,
      );
    }
  });
}

/** Why what would be fetched is of no use; undefined where it is of some. */
function lacks({ repository, files, others }: Listing): string | undefined {
  if (files.length === 0) {
    return "it has no file that is fetched: only weights, JSON, text and data files are";
  }
  if (repository.kind === "dataset") return undefined;
  if (files.some(({ file }) => /\.(?:safetensors|gguf)$/.test(file))) return undefined;
  const gguf = others.filter((path) => /\.gguf$/.test(path));
  if (gguf.length > 0) return `it holds ${gguf.length} GGUF files: choose with --file ${gguf[0]}`;
  const pickle = others.find((path) => /\.(?:bin|pth?)$/.test(path));
  return `it has no weights as safetensors${
    pickle === undefined
      ? ""
      : `: found '${pickle}', which could run as a program and is not fetched`
  }`;
}

/** Says how much will come and where to, and refuses what there is no room for. */
function checkSpace({ repository, commit, files, others }: Listing, to: string | undefined) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = to ?? hubCache(yield* Path.Path);
    yield* Effect.mapError(
      fs.makeDirectory(folder, { recursive: true }),
      fileError("write", folder),
    );
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const free = yield* freeBytes(folder);
    const room = free === undefined ? "" : ` (${gigabytes(free)} free)`;
    const left = others.length === 0
      ? ""
      : `; left out: ${others.slice(0, 3).join(", ")}${others.length > 3 ? ", ..." : ""}`;
    yield* Console.error(
      `${repository.name} at ${commit}: ${files.length} files, ${
        gigabytes(bytes)
      }, into '${folder}'${room}${left}`,
    );
    if (free === undefined || bytes < free) return;
    return yield* new HubError({
      repository: repository.name,
      reason: `it takes ${gigabytes(bytes)} and '${folder}' has room for ${gigabytes(free)}`,
    });
  });
}

const MEGABYTE = 1e6;
const gigabytes = (bytes: number): string =>
  bytes < 1e9 ? `${(bytes / MEGABYTE).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;

function withProgress(listing: Listing, to: string | undefined, { endpoint, token }: HubAccess) {
  const http = FetchHttpClient.layer.pipe(
    Layer.provide(Layer.succeed(FetchHttpClient.Fetch, guardedFetch(endpoint, token))),
  );
  const all = listing.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const total = Math.ceil(all / MEGABYTE);
  return Effect.scoped(Effect.gen(function* () {
    const progress = yield* Progress.make({ label: `${listing.repository.name}, MB`, total });
    let shown = 0;
    return yield* fetchFiles(listing, to, (bytes) => {
      const done = (bytes < all ? Math.floor(bytes / MEGABYTE) : total) - shown;
      if (done <= 0) return Effect.void;
      shown += done;
      return progress.advance({ done });
    });
  })).pipe(Effect.provide(http), Effect.provide(Progress.layer()));
}
