import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dpcHere } from "../dpc_here.ts";
import { COMMIT, hubServer } from "../hub/hub_server.ts";
import { optionsOf, temporaryWorld } from "../reliability/world.ts";
import { effectTest } from "../support.ts";

/** Environment variables for the scope. */
const withEnvironment = (values: Readonly<Record<string, string>>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = Object.keys(values).map((name) => [name, env[name]] as const);
      Object.assign(env, values);
      return before;
    }),
    (before) =>
      Effect.sync(() => {
        for (const [name, value] of before) {
          if (value === undefined) delete env[name];
          else env[name] = value;
        }
      }),
  );

test(
  "fetch says what comes, where to and what is left out, and evaluate which command brings a model",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const server = yield* hubServer({
        files: {
          "model.safetensors": Buffer.alloc(2_000_000),
          "config.json": Buffer.from("{}"),
          "pytorch_model.bin": Buffer.from("pickle"),
        },
        large: ["model.safetensors"],
      });
      const cache = yield* fs.makeTempDirectoryScoped();
      yield* withEnvironment({ HF_HUB_CACHE: cache, HF_ENDPOINT: server.url });
      const missing = yield* dpcHere("evaluate", "--model", "org/tiny");
      assert.match(missing.errors, "(npx dpc fetch model org/tiny downloads it)");
      const done = yield* dpcHere("fetch", "model", "org/tiny");
      assert.match(
        done.errors,
        new RegExp(
          `org/tiny at ${COMMIT}: 2 files, 2\\.0 MB, into '${cache}' \\(\\d+\\.\\d GB free\\); left out: pytorch_model\\.bin`,
        ),
      );
      assert.is(
        done.output,
        `${cache}/models--org--tiny/snapshots/${COMMIT}: 2 files of org/tiny at ${COMMIT}, sizes and hashes as expected\n`,
      );
      assert.is(done.code, 0);
      const wrong = [
        [["model", "tiny"], 1, "its name must be org/name or org/name@revision"],
        [["model"], 1, "give its name, as org/name"],
        [["gsm9k"], 2, "gsm8k"],
      ] as const;
      for (const [args, code, message] of wrong) {
        const refused = yield* dpcHere("fetch", ...args);
        assert.is(refused.code, code, args.join(" "));
        assert.match(refused.errors + refused.output, message);
      }
    })
  ),
);

test(
  "run.json of a fetched model has its name and its commit",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* temporaryWorld(1);
      const names = yield* fs.readDirectory(`${folder}/model`);
      const contents = yield* Effect.forEach(
        names,
        (name) => Effect.map(fs.readFile(`${folder}/model/${name}`), (bytes) => Buffer.from(bytes)),
      );
      const server = yield* hubServer({
        files: Object.fromEntries(names.map((name, i) => [name, contents[i]!])),
        large: ["model.safetensors"],
      });
      yield* withEnvironment({
        HF_HUB_CACHE: `${folder}/cache`,
        HF_ENDPOINT: server.url,
      });
      assert.is((yield* dpcHere("fetch", "model", "org/tiny")).code, 0);
      const options = optionsOf(folder, "run")
        .map((option) => option === `${folder}/model` ? "org/tiny" : option);
      assert.is((yield* dpcHere("evaluate", ...options)).code, 0);
      const { sessions: [session] } = JSON.parse(
        yield* fs.readFileString(`${folder}/run/run.json`),
      );
      assert.equal([session.model, session.commit], ["org/tiny", COMMIT]);
    })
  ),
);

test.run();
