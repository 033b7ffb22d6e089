import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectTest } from "../../support.ts";
import { structureReaders } from "./structure_readers.ts";

/** For each; `node test/start.mjs tools/drills/fuzz_readers.ts --readers structure` takes 100,000. */
const INPUTS = 500;

for (const { name, fuzz } of structureReaders) {
  test(
    `${name}: what is well formed and hostile gives a value or an error of one line, in bounded time and memory`,
    effectTest(() =>
      Effect.gen(function* () {
        const { findings, read, refused } = yield* fuzz({ inputs: INPUTS, seed: 7 });
        assert.equal(findings, []);
        assert.ok(read > INPUTS / 20 && refused > INPUTS / 20, `${read} read, ${refused} refused`);
      }), 300),
  );
}

test.run();
