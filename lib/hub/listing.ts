/**
 * What a repository of the Hub holds at a commit; the only import of @huggingface/hub, which is loaded when it is asked.
 *
 * @module
 */
import { Data, Effect } from "effect";
import { oneLine } from "../schema/mod.ts";
import type { RemoteFile } from "./download.ts";
import { guardedFetch, isSecure, RefusedRedirect } from "./guarded_fetch.ts";
import { isCommit, type Repository, type RepositoryKind } from "./repository.ts";

/** A repository that can't be fetched; `reason` completes "Cannot fetch 'name': ...". */
export class HubError extends Data.TaggedError("HubError")<{
  readonly repository: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot fetch '${this.repository}': ${oneLine(this.reason)}`;
  }
}

/** Where the Hub is, and who asks. */
export interface HubAccess {
  /** Its address, without a path. */
  readonly endpoint: string;
  readonly token: string | undefined;
}

/** What is to be fetched of a repository. */
export interface Listing {
  readonly repository: Repository;
  /** The commit that its revision is. */
  readonly commit: string;
  /** Files by their path in it, each with its hash. */
  readonly files: readonly RemoteFile[];
  /** Paths that are left out. */
  readonly others: readonly string[];
}

/** Files that are fetched of a repository, if nothing else is asked for: never any that could run as a program. */
const WANTED: Readonly<Record<RepositoryKind, RegExp>> = {
  model: /^(?!consolidated)[^/]+\.(?:safetensors|json|jinja|txt|md)$|^LICENSE$/,
  dataset: /^(?:[^/]+\/)*[^/]+\.(?:parquet|jsonl?|csv|tsv|txt|md)(?:\.gz)?$|^LICENSE$/,
};

/** Files that may be asked for. */
const ALLOWED =
  /\.(?:safetensors|gguf|jinja|(?:parquet|jsonl?|csv|tsv|txt|md)(?:\.gz)?)$|^LICENSE$/;

/**
 * Lists what is to be fetched of a repository; fails with {@linkcode HubError}.
 *
 * @param only paths of the files that are wanted; by default weights as safetensors, JSON, text and data files
 */
export function list(
  repository: Repository,
  access: HubAccess,
  only: readonly string[] = [],
): Effect.Effect<Listing, HubError> {
  const refuse = (reason: string) => new HubError({ repository: repository.name, reason });
  return Effect.gen(function* () {
    const { endpoint, token } = access;
    const { kind, name } = repository;
    if (!URL.canParse(endpoint) || !isSecure(endpoint)) {
      return yield* refuse(`HF_ENDPOINT must be an address with https: found ${endpoint}`);
    }
    const { commit, entries } = yield* Effect.tryPromise({
      try: () => ask(repository, { endpoint, token }),
      catch: (error) => refuse(reasonOf(error, repository, token)),
    });
    const all = entries.filter(({ type }) => type === "file");
    for (const { path, size, oid, lfs } of all) {
      if (!isInside(path)) return yield* refuse(`it names a file outside of itself: '${path}'`);
      const isHash = lfs === undefined ? isCommit(String(oid)) : /^[0-9a-f]{64}$/.test(lfs.oid);
      if (!isHash || !Number.isSafeInteger(size) || size < 0) {
        return yield* refuse(`it says neither size nor hash of '${path}'`);
      }
    }
    const unknown = only.find((path) =>
      !ALLOWED.test(path) || !all.some((entry) => entry.path === path)
    );
    if (unknown !== undefined) {
      const why = ALLOWED.test(unknown)
        ? "it has no such file"
        : "only weights, JSON, text and data files are fetched";
      return yield* refuse(`'${unknown}': ${why}`);
    }
    const wanted = all.filter(({ path }) =>
      only.length > 0 ? only.includes(path) : WANTED[kind].test(path) && !/(?:^|\/)\./.test(path)
    );
    const prefix = kind === "model" ? "" : `${kind}s/`;
    return {
      repository,
      commit,
      files: wanted.map(({ path, size, oid, lfs }) => ({
        file: path,
        url: `${new URL(endpoint).origin}/${prefix}${name}/resolve/${commit}/` +
          path.split("/").map(encodeURIComponent).join("/"),
        bytes: size,
        sha256: lfs?.oid ?? String(oid),
      })),
      others: all.filter((entry) => !wanted.includes(entry)).map(({ path }) => path),
    };
  });
}

/** Most files of a repository. */
const MOST_FILES = 100_000;

async function ask({ kind, name, revision }: Repository, { endpoint, token }: HubAccess) {
  const { datasetInfo, listFiles, modelInfo } = await import("@huggingface/hub");
  // the package is given no token: it would send it wherever a server's answer says that the listing goes on
  const common = { hubUrl: new URL(endpoint).origin, fetch: guardedFetch(endpoint, token) };
  const asked = { name, revision, ...common };
  const { sha: commit } = kind === "model"
    ? await modelInfo({ ...asked, additionalFields: ["sha"] })
    : await datasetInfo({ ...asked, additionalFields: ["sha"] });
  if (!isCommit(String(commit))) throw new Error("the Hub says no commit");
  const entries = [];
  const listed = listFiles({
    repo: { type: kind, name },
    revision: commit,
    recursive: true,
    ...common,
  });
  for await (const entry of listed) {
    if (entries.push(entry) > MOST_FILES) throw new Error(`it has more than ${MOST_FILES} files`);
  }
  return { commit, entries };
}

/** What went wrong while the Hub was asked. */
function reasonOf(
  error: unknown,
  { kind, revision }: Repository,
  token: string | undefined,
): string {
  const { statusCode } = error as { readonly statusCode?: unknown };
  if (statusCode === 401 || statusCode === 403) {
    return token === undefined
      ? `there is no such ${kind}, or it is not public (HF_TOKEN is the token for what is not)`
      : `the token of HF_TOKEN may not read it, or there is no such ${kind}`;
  }
  if (statusCode === 404) return `there is no such ${kind}, or it has no revision '${revision}'`;
  const cause = error instanceof Error ? error.cause ?? error : error;
  const detail = cause instanceof Error ? cause.message : String(cause);
  return error instanceof RefusedRedirect || statusCode !== undefined
    ? detail
    : `the Hub could not be asked (${detail})`;
}

/** Whether a path names a file below a folder, on every system. */
const isInside = (path: string): boolean =>
  typeof path === "string" && path.length < 1000 && !/[\p{Cc}\\:]/u.test(path) &&
  path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
