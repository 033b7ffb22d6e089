import { FileSystem } from "@effect/platform";
import { Effect, Either } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { namedArms } from "../../../pipelines/cli/arm_choice.ts";
import { EMBEDDED_MODEL } from "../../../pipelines/cli/options.ts";
import { loadPrompts, promptArmsOf } from "../../../pipelines/cli/prompts.ts";
import { savePrompt } from "../../../lib/prompt/mod.ts";
import { TINY_SIZES, tinyPrompt } from "../../fixtures.ts";
import { effectTest } from "../../support.ts";

/** Two studies' prompts of the same seed, in a temporary folder. */
const setUp = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const folder = yield* fs.makeTempDirectoryScoped();
  const directories = [`${folder}/gsm8k/seed0`, `${folder}/svamp/seed0`] as const;
  const origin = { model: "tiny", layers: 2, heads: 2, init: "RANDOM" } as const;
  for (const [seed, directory] of directories.entries()) {
    yield* fs.makeDirectory(directory, { recursive: true });
    yield* savePrompt(directory, tinyPrompt(4, seed), origin);
  }
  const load = (...prompt: readonly string[]) =>
    loadPrompts({ model: "tiny", prompt, promptSeeds: ["0"] }, TINY_SIZES);
  return { fs, folder, directories, load };
});

test(
  "loadPrompts() refuses two directories with one name, and takes one of them by a link with another",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, folder, directories: [one, other], load } = yield* setUp;
      const { message } = yield* Effect.flip(load(one, other));
      assert.is(
        message,
        `Cannot run the prompts '${one}' and '${other}' together as both are called 'seed0': ` +
          "give one of them by a link, or a copy, with another name",
      );
      const link = `${folder}/svamp-seed0`;
      yield* fs.symlink(other, link);
      const loaded = yield* load(one, link);
      assert.equal(loaded.map(({ prompt }) => prompt.name), ["seed0", "svamp-seed0"]);
      assert.equal(loaded.map(({ prompt }) => prompt.hash), [
        tinyPrompt(4, 0).hash,
        tinyPrompt(4, 1).hash,
      ]);
    })
  ),
);

test(
  "loadPrompts() refuses a directory that is given twice, however it is written, and a seed",
  effectTest(() =>
    Effect.gen(function* () {
      const { directories: [one], load } = yield* setUp;
      const again = `${one}/../seed0/`;
      assert.is(
        (yield* Effect.flip(load(one, again))).message,
        `Cannot run the prompt '${again}' twice in a run: give it once`,
      );
      const seeds = loadPrompts(
        { model: EMBEDDED_MODEL, prompt: [], promptSeeds: ["0", "1", "0"] },
        TINY_SIZES,
      );
      assert.match(
        (yield* Effect.flip(seeds)).message,
        /^Cannot run the prompt 'data\/prompts\/seed0' twice/,
      );
    })
  ),
);

test("promptArmsOf() without a prompt takes base alone, and names the arms that need one", () => {
  const of = (choice: Parameters<typeof promptArmsOf>[1]) =>
    promptArmsOf([], choice, { seed: 0 }).pipe(
      Either.match({
        onLeft: ({ message }) => message,
        onRight: (found) => found.map(({ arms }) => arms.map(({ name }) => name)),
      }),
    );
  assert.equal(of(namedArms(["base"])), [["base"]]);
  assert.is(
    of(namedArms(["base", "pt", "dpc", "act", "route"])),
    "Cannot run pt, dpc, act, route without a soft prompt: give --prompt DIR",
  );
  assert.match(String(of(namedArms(["dpc", "bse"]))), /^Cannot find the arm 'bse'/);
  const grid = {
    triggers: ["always"],
    corruptions: ["accumulated"],
    gammas: [0.1],
    ks: [1],
    rhos: [],
  };
  const more = { acceptances: ["second"], rounds: [1], samples: 5, temperature: 1 };
  for (const triggers of [["always"], ["lateFlow"]]) {
    assert.is(
      of({ ...grid, ...more, triggers }),
      "Cannot run the arms of a grid without a soft prompt: give --prompt DIR",
    );
  }
});

test.run();
