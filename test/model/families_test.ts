import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectTest } from "../support.ts";
import { engineOf, request } from "./engine_support.ts";
import { parityTests } from "./parity.ts";
import { vector } from "./support.ts";
import { expectedOf, FAMILY_CHECKPOINTS } from "./vectors.ts";

/** Deno runs the same code: one checkpoint is enough there. */
const checkpoints = FAMILY_CHECKPOINTS.slice(0, "Deno" in globalThis ? 1 : undefined);

for (const name of checkpoints) parityTests(name);

test(
  "generate() reads a draft up to where the rotation of positions changes",
  effectTest(() =>
    Effect.gen(function* () {
      for (const name of ["llama_dynamic", "llama_longrope", "phi3_b"]) {
        const { question_ids, plain: { greedy_ids } } = yield* expectedOf(name);
        const engine = yield* engineOf(vector(name));
        const asked = request(question_ids, greedy_ids.length, { draft: greedy_ids });
        assert.equal((yield* engine.generate(asked)).ids, greedy_ids, name);
      }
    })
  ),
);

test.run();
