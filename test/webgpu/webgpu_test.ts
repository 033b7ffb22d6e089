import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { opTable } from "../../lib/onnx/mod.ts";
import { differentiable, STRAIGHT_THROUGH } from "../autodiff/gradient_cases.ts";
import { run, testFile } from "../programs.ts";
import { effectTest } from "../support.ts";
import type { Checked } from "./checks.ts";

/** One process for all: the provider takes seconds to begin, and a driver may end it. */
const SECONDS = 1200;

const EXPECTED = [
  ...Object.keys(opTable),
  ...differentiable.filter((op) => !STRAIGHT_THROUGH.includes(op)).map((op) => `${op}'s gradient`),
  ...["refusals", "buffers", "decoding", "parity of llama", "parity of gemma2_a"],
];

test(
  "on a GPU: every operator and rule, refusals, buffers, and checkpoints beside PyTorch",
  effectTest(() =>
    Effect.gen(function* () {
      const { output } = yield* run(testFile("webgpu/checks.ts"));
      const [first = "{}", ...rest] = output.trim().split("\n");
      const { none } = JSON.parse(first) as { readonly none?: string };
      if (none !== undefined) {
        console.log(
          `Tests on a GPU are skipped: ${none} (apt-get install chromium brings one in software)`,
        );
        return;
      }
      const checked = rest.map((line) => JSON.parse(line) as Checked);
      assert.equal(checked.filter(({ error }) => error !== undefined), []);
      assert.equal(checked.map(({ title }) => title).sort(), [...EXPECTED].sort());
    }), SECONDS),
);

test.run();
