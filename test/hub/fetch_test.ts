import { FetchHttpClient, FileSystem } from "@effect/platform";
import { Effect, Layer } from "effect";
import { createHash } from "node:crypto";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  commitOf,
  fetchFiles,
  guardedFetch,
  list,
  parseRepository,
  type RepositoryKind,
} from "../../lib/hub/mod.ts";
import { effectTest } from "../support.ts";
import { COMMIT, type HubContent, hubServer } from "./hub_server.ts";

const WEIGHTS = Buffer.from("weights ".repeat(20_000));

/** A model as the Hub has it. */
const MODEL: HubContent = {
  files: {
    "model.safetensors": WEIGHTS,
    "config.json": Buffer.from("{}"),
    "empty.txt": Buffer.alloc(0),
    "pytorch_model.bin": Buffer.from("pickle"),
    "run.py": Buffer.from("print()"),
    "onnx/config.json": Buffer.from("[]"),
    ".gitattributes": Buffer.from(""),
  },
  large: ["model.safetensors", "pytorch_model.bin"],
};

/** Fetches the server's repository, into a cache of the scope or a folder in it. */
const fetched = (
  content: HubContent,
  { kind = "model", to, token, only = [], again = false }: {
    readonly kind?: RepositoryKind;
    readonly to?: string;
    readonly token?: string;
    readonly only?: readonly string[];
    readonly again?: boolean;
  } = {},
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const server = yield* hubServer(content);
    const cache = yield* fs.makeTempDirectoryScoped();
    const before = env["HF_HUB_CACHE"];
    env["HF_HUB_CACHE"] = cache;
    const run = Effect.gen(function* () {
      const repository = parseRepository(kind, "org/tiny")!;
      const listing = yield* list(repository, { endpoint: server.url, token }, only);
      const counts: number[] = [];
      const directory = yield* fetchFiles(
        listing,
        to === undefined ? undefined : `${cache}/${to}`,
        (bytes) => Effect.sync(() => void counts.push(bytes)),
      ).pipe(
        Effect.provide(FetchHttpClient.layer),
        Effect.provide(Layer.succeed(FetchHttpClient.Fetch, guardedFetch(server.url, token))),
      );
      return { directory, counts };
    });
    const outcome = yield* Effect.either(again ? Effect.zipRight(run, run) : run).pipe(
      Effect.ensuring(Effect.sync(() => {
        if (before === undefined) delete env["HF_HUB_CACHE"];
        else env["HF_HUB_CACHE"] = before;
      })),
    );
    return { cache, server, outcome };
  });

/** The failure of what must fail. */
const failureOf = ({ outcome }: Effect.Effect.Success<ReturnType<typeof fetched>>) => {
  assert.is(outcome._tag, "Left");
  return outcome._tag === "Left" ? outcome.left : assert.unreachable() as never;
};

/** The result of what must succeed. */
const successOf = ({ outcome }: Effect.Effect.Success<ReturnType<typeof fetched>>) =>
  outcome._tag === "Right" ? outcome.right : assert.unreachable(outcome.left.message) as never;

test(
  "fetchFiles() lays a model out in the cache as the Hub's clients do, without what could run, once",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const done = yield* fetched(MODEL, { again: true });
      const { directory, counts } = successOf(done);
      const folder = `${done.cache}/models--org--tiny`;
      assert.is(directory, `${folder}/snapshots/${COMMIT}`);
      assert.equal((yield* fs.readDirectory(directory)).sort(), [
        "config.json",
        "empty.txt",
        "model.safetensors",
      ]);
      const sha256 = createHash("sha256").update(WEIGHTS).digest("hex");
      assert.is(yield* fs.readLink(`${directory}/model.safetensors`), `../../blobs/${sha256}`);
      assert.ok(WEIGHTS.equals(yield* fs.readFile(`${directory}/model.safetensors`)));
      assert.is(yield* fs.readFileString(`${folder}/refs/main`), COMMIT);
      assert.is(yield* commitOf(directory, "config.json"), COMMIT);
      assert.is(counts.at(-1), WEIGHTS.length + 2);
      // the second time nothing but the listing is asked for
      assert.is(done.server.asked.store.length, 1);
    })
  ),
);

test(
  "fetchFiles() fills a folder with a dataset, and notes the commit there",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const files = {
        "main/test.parquet": WEIGHTS,
        "README.md": Buffer.from("# Tiny"),
        "tiny.py": Buffer.from(""),
      };
      const done = yield* fetched({ files, large: ["main/test.parquet"] }, {
        kind: "dataset",
        to: "data",
      });
      const { directory } = successOf(done);
      assert.is(directory, `${done.cache}/data`);
      assert.ok(WEIGHTS.equals(yield* fs.readFile(`${directory}/main/test.parquet`)));
      assert.equal((yield* fs.readDirectory(directory)).sort(), [".cache", "README.md", "main"]);
      assert.is(yield* commitOf(directory, "main/test.parquet"), COMMIT);
    })
  ),
);

test(
  "the token goes to the Hub alone, and not where it redirects",
  effectTest(() =>
    Effect.gen(function* () {
      const { asked } = (yield* Effect.tap(
        fetched({ ...MODEL, secret: "hf_secret" }, { token: "hf_secret" }),
        (done) => void successOf(done),
      )).server;
      assert.equal([...new Set(asked.hub.map(({ authorization }) => authorization))], [
        "Bearer hf_secret",
      ]);
      assert.equal(asked.store.map(({ authorization }) => authorization), [undefined]);
      const refused = failureOf(yield* fetched({ ...MODEL, secret: "hf_secret" }));
      assert.match(refused.message, "there is no such model, or it is not public (HF_TOKEN");
    })
  ),
);

test(
  "fetchFiles() goes on where a connection broke",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const done = yield* fetched({ ...MODEL, cut: ["model.safetensors"] });
      const { directory } = successOf(done);
      assert.ok(WEIGHTS.equals(yield* fs.readFile(`${directory}/model.safetensors`)));
      const [first, second] = done.server.asked.store;
      assert.is(first!.range, undefined);
      assert.match(second!.range!, /^bytes=[1-9]\d*-$/);
    })
  ),
);

test(
  "fetchFiles() keeps nothing of another content than listed, small or large",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      for (const name of ["model.safetensors", "config.json"]) {
        const done = yield* fetched({ ...MODEL, changed: [name] });
        const error = failureOf(done);
        assert.is(error._tag, "DownloadError");
        assert.match(error.message, /is not the expected one; it was thrown away/);
        const folder = `${done.cache}/models--org--tiny`;
        assert.is(
          yield* fs.exists(`${folder}/refs/main`),
          false,
          "a name leads to what is complete",
        );
        assert.is(yield* fs.exists(`${folder}/snapshots/${COMMIT}/${name}`), false);
      }
    })
  ),
);

test(
  "a redirect to a machine without https is not followed, nor tried again",
  effectTest(() =>
    Effect.gen(function* () {
      const done = yield* fetched({ ...MODEL, redirect: "http://192.0.2.1/x" });
      assert.match(failureOf(done).message, "it redirects to 'http://192.0.2.1': only https");
      const files = done.server.asked.hub.filter(({ path }) => path.includes("model.safetensors"));
      assert.is(files.length, 1);
      const error = yield* Effect.flip(
        list(parseRepository("model", "org/tiny")!, {
          endpoint: "http://192.0.2.1",
          token: "hf_x",
        }),
      );
      assert.match(error.message, "HF_ENDPOINT must be an address with https");
    })
  ),
);

test(
  "list() refuses a repository that names files outside of itself, and files that are not fetched",
  effectTest(() =>
    Effect.gen(function* () {
      for (
        const path of [
          "../evil.json",
          "/evil.json",
          "a/../../evil.json",
          "a\\..\\evil.json",
          "C:evil.json",
          "a//b.json",
        ]
      ) {
        const error = failureOf(yield* fetched({ ...MODEL, listedAs: { "config.json": path } }));
        assert.is(error._tag, "HubError", path);
        assert.match(error.message, "it names a file outside of itself");
      }
      const only = (name: string) => Effect.map(fetched(MODEL, { only: [name] }), failureOf);
      assert.match(
        (yield* only("pytorch_model.bin")).message,
        "only weights, JSON, text and data files",
      );
      assert.match((yield* only("model.gguf")).message, "it has no such file");
    })
  ),
);

test.run();
