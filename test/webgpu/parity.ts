/**
 * A checkpoint on a device beside what PyTorch says of it.
 *
 * @module
 */
import { Effect } from "effect";
import * as assert from "uvu/assert";
import { makeLocalEngine } from "../../lib/model/engine/local_engine.ts";
import { runPromptGradient, runSaliency } from "../../lib/model/engine/teacher_forcing.ts";
import type { OpenDevice } from "../../lib/runtime/mod.ts";
import { contextOf, largestDifference, relativeError, request } from "../model/engine_support.ts";
import { lastRows, logitsOf, promptOf } from "../model/parity.ts";
import { vector } from "../model/support.ts";
import { expectedOf } from "../model/vectors.ts";

/** What logits may differ by, and saliency and gradients relatively (issue "GPU", 1). */
export const TOLERANCE = 1e-3;

/** How far a checkpoint is from PyTorch, and whether its greedy tokens are the same. */
export interface Distance {
  readonly logits: number;
  readonly saliency: number;
  readonly gradient: number;
}

/** Logits, saliency, the prompt's gradient and greedy tokens of a checkpoint of test/vectors, with its soft prompt. */
export const checkParity = (name: string, device: OpenDevice) =>
  Effect.gen(function* () {
    const context = yield* contextOf(vector(name), { device });
    const { question_ids: questionIds, rationale_ids: rationaleIds, prompted, tensor } =
      yield* expectedOf(name);
    const ids = [...questionIds, ...rationaleIds];
    const prefix = promptOf(tensor("soft_prompt"));
    const found = yield* logitsOf(context, ids, prefix);
    const wanted = tensor("prompted.logits").data;
    const measured = yield* runSaliency(context, {
      prefix,
      questionIds,
      rationaleIds,
      maps: true,
    });
    const { gradient } = yield* runPromptGradient(context, {
      vectors: tensor("soft_prompt").data,
      texts: [{ ids, from: questionIds.length }],
      tokenWeight: 1 / rationaleIds.length,
    });
    const engine = yield* makeLocalEngine(context, 8);
    const { greedy_ids } = prompted;
    const generated = yield* engine.generate(request(questionIds, greedy_ids.length, { prefix }));
    assert.equal(generated.ids, greedy_ids, `${name}: greedy tokens`);
    const distance: Distance = {
      logits: largestDifference(found.subarray(found.length - wanted.length), wanted),
      saliency: relativeError(
        measured.maps!,
        lastRows(tensor("prompted.saliency"), ids.length),
      ),
      gradient: relativeError(gradient, tensor("prompted.prompt_gradient").data),
    };
    for (const [what, value] of Object.entries(distance)) {
      assert.ok(value < TOLERANCE, `${name}: ${what} differs by ${value}`);
    }
    return distance;
  });
