/**
 * What this library makes of random checkpoints (make_random.py) beside what transformers does:
 * `node --import tsx test/tools/drills/families/compare.ts DIR`. A line for each; exit code 1 where one differs.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { NodeContext } from "@effect/platform-node";
import { Effect, Either } from "effect";
import process from "node:process";
import type { DecodingContext } from "../../../../lib/model/engine/decoding.ts";
import { makeLocalEngine } from "../../../../lib/model/engine/local_engine.ts";
import { NO_PREFIX, type Prefix } from "../../../../lib/model/engine/engine.ts";
import { runPromptGradient, runSaliency } from "../../../../lib/model/engine/teacher_forcing.ts";
import {
  contextOf,
  largestDifference,
  relativeError,
  request,
} from "../../../model/engine_support.ts";
import { lastRows, LOGITS, logitsOf, promptOf, RELATIVE } from "../../../model/parity.ts";
import { expectedOf } from "../../../model/vectors.ts";

/** Least distance of the two best logits for which tokens must be the same. */
const TIE = 1e-3;

/** What one case computes otherwise than transformers, in words; nothing where all is within the bounds. */
const differences = (context: DecodingContext, folder: string) =>
  Effect.gen(function* () {
    const expected = yield* expectedOf(folder, folder);
    const { question_ids: questionIds, rationale_ids: rationaleIds, tensor } = expected;
    const ids = [...questionIds, ...rationaleIds];
    const vectors = tensor("soft_prompt");
    const found: string[] = [];
    const check = (what: string, difference: number, bound: number) => {
      if (!(difference < bound)) found.push(`${what} by ${difference}`);
    };
    const engine = yield* makeLocalEngine(context, 4);
    for (const [key, prefix] of [["plain", NO_PREFIX], ["prompted", promptOf(vectors)]] as const) {
      const { data } = tensor(`${key}.logits`);
      // numbers far from 1 are as exact as their size allows
      const size = Math.max(1, data.reduce((most, x) => Math.max(most, Math.abs(x)), 0) / 8);
      check(
        `${key} logits`,
        largestDifference(yield* logitsOf(context, ids, prefix), data),
        LOGITS * size,
      );
      const saliency = yield* runSaliency(context, {
        prefix,
        questionIds,
        rationaleIds,
        maps: true,
      });
      const maps = lastRows(tensor(`${key}.saliency`), ids.length);
      const layer = maps.length / context.config.layers;
      for (let l = 0; l < context.config.layers; l++) {
        const part = (of: Float32Array) => of.subarray(l * layer, (l + 1) * layer);
        check(`${key} layer ${l}`, errorOf(part(saliency.maps!), part(maps)), RELATIVE);
      }
      const all = questionIds.length + (key === "plain" ? 0 : vectors.shape[0]!);
      if (all < context.config.maxPositions) yield* tokens(key, prefix);
    }
    const gradient = yield* runPromptGradient(context, {
      vectors: vectors.data,
      texts: [{ ids, from: questionIds.length }],
      tokenWeight: 1 / rationaleIds.length,
    });
    check("the loss", Math.abs(gradient.loss - expected.prompted.loss), LOGITS);
    const expectedGradient = tensor("prompted.prompt_gradient").data;
    check("the gradient", errorOf(gradient.gradient, expectedGradient), RELATIVE);
    return found;

    /** Greedy tokens, alone and beside others. */
    function tokens(key: "plain" | "prompted", prefix: Prefix) {
      return Effect.gen(function* () {
        const { greedy_ids, min_margin = 0 } = expected[key] as typeof expected["plain"] & {
          readonly min_margin?: number;
        };
        const asked = request(questionIds, 24, { prefix });
        const others = [3, 5].map((n) => request(ids.slice(0, n), 24, { prefix }));
        const [alone, ...beside] = yield* Effect.forEach([asked, ...others], engine.generate);
        const together = yield* Effect.forEach([asked, ...others], engine.generate, {
          concurrency: "unbounded",
        });
        if (JSON.stringify(together) !== JSON.stringify([alone, ...beside])) {
          found.push(`${key} batch`);
        }
        const { ids: made } = alone!;
        const same = made.every((id, i) => id === greedy_ids?.[i]);
        if (min_margin > TIE && !same) found.push(`${key} tokens ${made} for ${greedy_ids}`);
      });
    }
  });

/** Error relative to what is expected; where that is nearly nothing, to what float32 adds. */
function errorOf(found: Float32Array, expected: Float32Array): number {
  const norm = Math.hypot(...expected);
  return norm === 0 ? Math.hypot(...found) : relativeError(found, expected) *
    Math.min(1, norm / 1e-4);
}

/** What became of one checkpoint. */
const outcome = (folder: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const refusedThere = yield* fs.exists(`${folder}/refused.json`);
    const opened = yield* Effect.either(contextOf(folder, { config: { eosIds: [] } }));
    if (Either.isLeft(opened)) {
      const message = opened.left.message;
      return `refused${refusedThere ? " by both" : ""}${
        message.includes("\n") ? " IN LINES" : ""
      }: ${message.replace(folder, "")}`;
    }
    if (refusedThere) {
      const { reason } = JSON.parse(yield* fs.readFileString(`${folder}/refused.json`));
      return `computed here alone: ${String(reason).split("\n").join(" ").slice(0, 160)}`;
    }
    const found = yield* differences(opened.right, folder);
    return found.length === 0 ? "same" : `DIFFERS: ${found.join("; ")}`;
  }).pipe(
    Effect.scoped,
    Effect.catchAll((error) => Effect.succeed(`FAILED: ${error}`)),
  );

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const [root] = process.argv.slice(2) as [string];
  const counts = new Map<string, number>();
  for (const name of (yield* fs.readDirectory(root)).sort()) {
    const folder = `${root}/${name}`;
    const done = ["expected.json", "refused.json"].map((file) => fs.exists(`${folder}/${file}`));
    if (!(yield* Effect.all(done)).some(Boolean)) continue;
    const { model_type } = JSON.parse(yield* fs.readFileString(`${folder}/config.json`));
    const line = yield* outcome(folder);
    const kind = /^[^:]+/.exec(line)![0];
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    console.log(`${name} ${model_type}: ${line}`);
  }
  console.log([...counts].map(([kind, count]) => `${count} ${kind}`).join(", "));
  const wrong = ["DIFFERS", "FAILED", "refused IN LINES", "refused by both IN LINES"];
  if (wrong.some((kind) => counts.has(kind))) process.exitCode = 1;
});

await Effect.runPromise(program.pipe(Effect.provide(NodeContext.layer)));
