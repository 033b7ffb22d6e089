import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectTest } from "../../support.ts";
import { fuzz } from "./fuzz.ts";
import { readers } from "./readers.ts";

/** For each reader; `node test/start.mjs tools/drills/fuzz_readers.ts` takes 100,000. */
const INPUTS = 150;

test(
  "readers: hostile input gives a value or a typed error of one line",
  effectTest(() =>
    Effect.gen(function* () {
      const seed = Date.now() % 1e6;
      for (const reader of yield* readers) {
        const { findings } = yield* fuzz(reader, { inputs: INPUTS, seed });
        assert.equal(findings, [], reader.name);
      }
    }), 600),
);

test.run();
