import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { createHash } from "node:crypto";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseRepository } from "../../../lib/hub/mod.ts";
import { Checkpoint } from "../../../lib/model/mod.ts";
import { effectTest } from "../../support.ts";
import { withCache } from "../parity.ts";
import { failure, vector } from "../support.ts";

const WEIGHTS = "model.safetensors";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** A cache in which the Hub's clients have put a checkpoint: blobs, and links to them under the commit. */
const cacheOf = (name: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const home = yield* fs.makeTempDirectoryScoped();
    const folder = `${home}/hub/models--org--tiny`;
    const snapshot = `${folder}/snapshots/${COMMIT}`;
    for (const each of [snapshot, `${folder}/blobs`, `${folder}/refs/pr`]) {
      yield* fs.makeDirectory(each, { recursive: true });
    }
    for (const file of yield* fs.readDirectory(vector(name))) {
      yield* fs.copyFile(`${vector(name)}/${file}`, `${folder}/blobs/${file}-hash`);
      yield* fs.symlink(`../../blobs/${file}-hash`, `${snapshot}/${file}`);
    }
    yield* fs.writeFileString(`${folder}/refs/main`, COMMIT);
    yield* fs.writeFileString(`${folder}/refs/pr/1`, "f".repeat(40));
    const before = env["HF_HOME"];
    yield* Effect.acquireRelease(
      Effect.sync(() => env["HF_HOME"] = home),
      () =>
        Effect.sync(() => before === undefined ? delete env["HF_HOME"] : env["HF_HOME"] = before),
    );
    return { home, snapshot };
  });

test(
  "open() finds a model by name in the cache of the Hub's clients, and says of which commit it is",
  effectTest(() =>
    Effect.gen(function* () {
      const { snapshot } = yield* cacheOf("qwen3");
      for (const revision of ["", "@main", `@${COMMIT}`]) {
        const { directory, commit, config } = yield* Checkpoint.open(`org/tiny${revision}`);
        assert.equal([directory, commit, config.family], [snapshot, COMMIT, "qwen3"]);
      }
      assert.is((yield* Checkpoint.open(snapshot)).commit, COMMIT);
      assert.is((yield* Checkpoint.open(vector("qwen3"))).commit, undefined);
    })
  ),
);

test(
  "open() refuses a file of the Hub's cache that is not what was downloaded",
  effectTest(() =>
    withCache(Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const { snapshot } = yield* cacheOf("qwen3");
      for (const [name, algorithm] of [["config.json", "sha1"], [WEIGHTS, "sha256"]] as const) {
        const content = yield* fs.readFile(`${snapshot}/${name}`);
        const hash = createHash(algorithm);
        if (algorithm === "sha1") hash.update(`blob ${content.length}\0`);
        const blob = `${snapshot}/../../blobs/${hash.update(content).digest("hex")}`;
        yield* fs.writeFile(blob, content);
        yield* fs.remove(`${snapshot}/${name}`);
        yield* fs.symlink(blob, `${snapshot}/${name}`);
        yield* Checkpoint.open("org/tiny");
        content[content.length >> 1]! ^= 1;
        yield* fs.writeFile(blob, content);
        const { message } = yield* failure(Checkpoint.open("org/tiny"));
        assert.match(message, `as its '${name}' is not what was downloaded: fetch it again (npx`);
        content[content.length >> 1]! ^= 1;
        yield* fs.writeFile(blob, content);
      }
    }))
  ),
);

test(
  "open() says what the cache lacks, and refuses links that leave it",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const { home, snapshot } = yield* cacheOf("qwen3");
      const refused = (model: string) => failure(Checkpoint.open(model));
      const missing = yield* refused("org/other");
      assert.is(
        missing.message,
        `Cannot open the model 'org/other' as there is no such directory, and the Hugging Face cache '${home}/hub' has no such model`,
      );
      assert.is("repository" in missing && missing.repository, "org/other");
      for (const revision of ["v2", "pr/1", "../main"]) {
        assert.match(
          (yield* refused(`org/tiny@${revision}`)).message,
          revision.startsWith("..") ? /no such directory$/ : `not its revision '${revision}'`,
        );
      }
      yield* fs.writeFileString(`${home}/config.json`, "{}");
      yield* fs.remove(`${snapshot}/config.json`);
      yield* fs.symlink(`${home}/config.json`, `${snapshot}/config.json`);
      assert.match(
        (yield* refused("org/tiny")).message,
        /its 'config\.json' is a link that leaves it/,
      );
    })
  ),
);

test(
  "open() takes the one GGUF file of a folder, and asks which where there are several",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const directory = yield* fs.makeTempDirectoryScoped();
      const before = env["DPC_CACHE"];
      env["DPC_CACHE"] = yield* fs.makeTempDirectoryScoped();
      yield* Effect.gen(function* () {
        yield* fs.copyFile(vector("gguf/qwen3.gguf"), `${directory}/b.gguf`);
        assert.is((yield* Checkpoint.open(directory)).config.family, "qwen3");
        yield* fs.copyFile(vector("gguf/qwen2.gguf"), `${directory}/a.gguf`);
        const error = yield* failure(Checkpoint.open(directory));
        assert.match(
          error.message,
          `it holds 2 GGUF files: give one of them, such as '${directory}/a.gguf'`,
        );
      }).pipe(Effect.ensuring(Effect.sync(() => {
        if (before === undefined) delete env["DPC_CACHE"];
        else env["DPC_CACHE"] = before;
      })));
    })
  ),
);

test("parseRepository() takes names of the Hub and nothing that leads out of its cache", () => {
  const name = (text: string) => parseRepository("model", text);
  assert.equal(name("org/name"), { kind: "model", name: "org/name", revision: "main" });
  assert.is(name("Qwen/Qwen2.5-0.5B@refs/pr/1")?.revision, "refs/pr/1");
  const wrong = [
    "name",
    "a/b/c",
    "../b",
    "a/..",
    "a/b@..",
    "a/b@x/../y",
    "a--b/c",
    "/a/b",
    "a/b@",
    "a/b@/x",
    "a\\b/c",
    "a/b@x/",
  ];
  for (const text of wrong) assert.is(name(text), undefined, text);
});

test.run();
