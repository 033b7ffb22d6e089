import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { homedir } from "node:os";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { cachedFile, cacheFolder } from "../../../lib/model/weights/cache.ts";
import { effectTest } from "../../support.ts";
import { failure } from "../support.ts";

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

test.run();
