import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as Checkpoint from "../../../lib/model/checkpoint/checkpoint.ts";
import { largeWeights, prepareWeights } from "../../../lib/model/weights/packed.ts";
import {
  cachedFile,
  cacheFolder,
  isIntactFolder,
  remembered,
  writeCached,
} from "../../../lib/model/cache/mod.ts";
import { DAMAGES } from "../../damages.ts";
import { effectTest } from "../../support.ts";
import { canInt8 } from "../int8_support.ts";
import { failure, vector } from "../support.ts";

const VARIABLES = ["DPC_CACHE", "XDG_CACHE_HOME"] as const;

/** Sets both variables for the scope; an absent one is unset. */
const withVariables = (values: { readonly [name in typeof VARIABLES[number]]?: string }) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = VARIABLES.map((name) => [name, env[name]] as const);
      setAll(VARIABLES.map((name) => [name, values[name]] as const));
      return before;
    }),
    (before) => Effect.sync(() => setAll(before)),
  );

function setAll(values: readonly (readonly [name: string, value: string | undefined])[]) {
  for (const [name, value] of values) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
}

test(
  "cacheFolder() takes an empty variable, and a relative XDG_CACHE_HOME, for none",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* Path.Path;
      const own = path.join(homedir(), ".cache", "dynamic-prompt-corruption");
      const given = [
        [{}, own],
        [{ DPC_CACHE: "" }, own],
        [{ XDG_CACHE_HOME: "" }, own],
        [{ XDG_CACHE_HOME: "caches" }, own],
        [{ DPC_CACHE: "", XDG_CACHE_HOME: "/caches" }, "/caches/dynamic-prompt-corruption"],
        [{ DPC_CACHE: "copies", XDG_CACHE_HOME: "/caches" }, "copies"],
      ] as const;
      for (const [values, expected] of given) {
        yield* Effect.scoped(Effect.zipRight(
          withVariables(values),
          Effect.sync(() => assert.is(cacheFolder(path), expected, JSON.stringify(values))),
        ));
      }
    })
  ),
);

test(
  "cachedFile() names DPC_CACHE where the cache cannot be written",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      // as on a read-only mount, also for root: nothing can be made below a file
      yield* fs.writeFileString(`${folder}/file`, "");
      yield* withVariables({ XDG_CACHE_HOME: `${folder}/file` });
      const error = yield* failure(cachedFile("x.f32", 1, (write) => write(new Uint8Array(1))));
      assert.match(
        error.message,
        /^Cannot write '.*\/file\/dynamic-prompt-corruption' as .* \(DPC_CACHE names another folder for copies of weights\)$/,
      );
    })
  ),
);

/** What each way of preparing weights keeps in the cache. */
const COPIES = {
  "float32 copy": (model: Checkpoint.Checkpoint) => prepareWeights(model),
  "quantized copy": (model: Checkpoint.Checkpoint) => prepareWeights(model, "q8"),
  "copy of int8": (model: Checkpoint.Checkpoint) =>
    Effect.map(prepareWeights(model, "int8"), ({ files }) => ({
      files: {
        ...files,
        locate: (name: string) => {
          const quantized = files.quantized?.(name);
          return quantized?.kind === "columns" ? quantized.numbers : files.locate(name);
        },
      },
    })),
  "packed copy": (model: Checkpoint.Checkpoint) => largeWeights(model),
};

for (const [kind, prepare] of Object.entries(COPIES)) {
  if (kind === "copy of int8" && !canInt8) continue;
  test(
    `a ${kind} is made anew where any of its files is damaged, and else found`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        const cache = yield* fs.makeTempDirectoryScoped();
        yield* withVariables({ DPC_CACHE: cache });
        const model = yield* Checkpoint.open(vector("llama_f16"));
        const weights = [...model.tensors.keys()];
        /** All weights as sessions would read them. */
        const read = Effect.gen(function* () {
          const { files } = yield* prepare(model);
          const hash = createHash("sha256");
          for (const name of weights) {
            const { location, offset, length } = files.locate(name);
            const content = yield* fs.readFile(`${files.folder}/${location}`);
            assert.ok(content.length >= Number(offset) + Number(length), name);
            hash.update(content.subarray(Number(offset), Number(offset) + Number(length)));
          }
          return hash.digest("hex");
        });
        const made = yield* read;
        const inodes = Effect.map(
          Effect.forEach(yield* fs.readDirectory(cache), (name) => fs.stat(`${cache}/${name}`)),
          (all) => all.map(({ ino }) => ino),
        );
        const before = yield* inodes;
        assert.is(yield* read, made);
        assert.equal(yield* inodes, before, "the copy is found");
        for (const [damage, change] of Object.entries(DAMAGES)) {
          const names = yield* fs.readDirectory(cache);
          for (const name of names.filter((name) => !name.endsWith(".checked.json"))) {
            const file = `${cache}/${name}`;
            if (!(yield* fs.exists(file))) continue;
            const content = change(yield* fs.readFile(file));
            if (content === undefined) yield* fs.remove(file);
            else yield* fs.writeFile(file, content);
            assert.is(yield* read, made, `${name} ${damage}`);
          }
        }
      })
    ),
  );
}

test(
  "remembered() computes again what a damaged record would give",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const cache = yield* fs.makeTempDirectoryScoped();
      yield* withVariables({ DPC_CACHE: cache });
      const [digest, file] = ["5".repeat(64), `${cache}/a.json`];
      let computed = 0;
      const ask = remembered("a", Effect.sync(() => (computed++, digest)));
      for (let time = 0; time < 2; time++) assert.is(yield* ask, digest);
      assert.is(computed, 1);
      const another = (content: Uint8Array) =>
        new TextEncoder().encode(new TextDecoder().decode(content).replace("5", "6"));
      for (const change of [...Object.values(DAMAGES), another]) {
        const damaged = change(yield* fs.readFile(file));
        if (damaged === undefined) yield* fs.remove(file);
        else yield* fs.writeFile(file, damaged);
        assert.is(yield* ask, digest);
      }
      assert.is(computed, 6);
    })
  ),
);

test(
  "isIntactFolder() sees each damage of each file",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      for (const name of ["a.json", "last"]) {
        assert.not.ok(yield* isIntactFolder(folder, "last"));
        yield* writeCached(`${folder}/${name}`, new TextEncoder().encode(`text of ${name}`));
      }
      assert.ok(yield* isIntactFolder(folder, "last"));
      for (const name of ["a.json", "last"]) {
        for (const [damage, change] of Object.entries(DAMAGES)) {
          const content = yield* fs.readFile(`${folder}/${name}`);
          const damaged = change(content);
          if (damaged === undefined) yield* fs.remove(`${folder}/${name}`);
          else yield* fs.writeFile(`${folder}/${name}`, damaged);
          assert.not.ok(yield* isIntactFolder(folder, "last"), `${name} ${damage}`);
          yield* writeCached(`${folder}/${name}`, content);
        }
      }
    })
  ),
);

test(
  "a copy that was touched but holds what was written is kept, and what a killed process left is removed",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const cache = yield* fs.makeTempDirectoryScoped();
      yield* withVariables({ DPC_CACHE: cache });
      const copy = (content: string) =>
        cachedFile("x.f32", 3, (write) => write(new TextEncoder().encode(content)));
      const [old, young] = [`${cache}/y.f32.0a.tmp`, `${cache}/z.f32.0b.tmp`];
      for (const file of [old, young]) yield* fs.writeFileString(file, "");
      yield* fs.utimes(old, 1, 1);
      yield* copy("one");
      assert.not.ok(yield* fs.exists(old));
      assert.ok(yield* fs.exists(young), "another process may be writing it");
      yield* fs.utimes(`${cache}/x.f32`, 1, 1);
      yield* copy("two");
      assert.is(yield* fs.readFileString(`${cache}/x.f32`), "one");
      yield* fs.writeFileString(`${cache}/x.f32`, "on3");
      yield* copy("two");
      assert.is(yield* fs.readFileString(`${cache}/x.f32`), "two");
    })
  ),
);

test.run();
