/**
 * Tests of a checkpoint of test/vectors against what PyTorch computes with it.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect, type Scope } from "effect";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decoder, logits } from "../../lib/model/graph/decoder.ts";
import type { DecodingContext } from "../../lib/model/engine/decoding.ts";
import { NO_PREFIX, type Prefix } from "../../lib/model/engine/engine.ts";
import { saliency } from "../../lib/model/graph/graphs.ts";
import { floatTensor, idsTensor, int64Tensor } from "../../lib/model/graph/feeds.ts";
import { runPromptGradient, runSaliency } from "../../lib/model/engine/teacher_forcing.ts";
import { effectTest } from "../support.ts";
import {
  contextOf,
  engineOf,
  largestDifference,
  prefixOf,
  relativeError,
  request,
} from "./engine_support.ts";
import { vector } from "./support.ts";
import { expectedOf, type ExpectedTensor } from "./vectors.ts";

/** The prefix of a soft prompt [n, d]. */
export const promptOf = ({ data, shape }: ExpectedTensor): Prefix => prefixOf(data, shape[0]!);

/** What PyTorch and this library may differ by in float32 (issue "Foundation", 1 and 2). */
export const LOGITS = 2e-4;
export const RELATIVE = 1e-4;

/** Runs with a folder of its own for the float32 copies of f16 and bf16 checkpoints. */
export const withCache = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const folder = yield* Effect.flatMap(
      FileSystem.FileSystem,
      (fs) => fs.makeTempDirectoryScoped(),
    );
    const before = env["DPC_CACHE"];
    env["DPC_CACHE"] = folder;
    return yield* Effect.ensuring(
      effect,
      Effect.sync(() => {
        if (before === undefined) delete env["DPC_CACHE"];
        else env["DPC_CACHE"] = before;
      }),
    );
  });

/** Logits [T, V] of a text behind n virtual tokens in one run. */
export const logitsOf = (
  { config, runner, positions }: DecodingContext,
  ids: readonly number[],
  { prompt: { vectors } }: Prefix,
) =>
  Effect.gen(function* () {
    const n = vectors.length / config.hiddenSize;
    const sizes = { batch: 1, tokens: ids.length, virtualTokens: n, cache: 0 };
    const outputs = yield* runner.run({
      key: `logits ${n}`,
      build: (weights) => ({
        outputs: {
          logits: logits(config, weights, decoder(config, sizes, weights).hidden),
        },
      }),
      kind: "read",
    }, {
      ...positions.of([{ cached: 0, hidden: [] }], n + ids.length, 0),
      ids: idsTensor([ids], ids.length),
      ...(n > 0 ? { prompt: floatTensor(vectors, [n, config.hiddenSize]) } : {}),
    });
    return (outputs["logits"]!.data as Float32Array).subarray(n * config.vocabSize);
  });

/** I_l [L, n + T, n + T] and the log-probabilities with the soft prompt in the sequence rather than in the cache. */
const saliencyInSequence = (
  { config, runner, positions }: DecodingContext,
  { prompt: { vectors } }: Prefix,
  question: readonly number[],
  rationale: readonly number[],
) =>
  Effect.gen(function* () {
    const n = vectors.length / config.hiddenSize;
    const ids = [...question, ...rationale];
    const [width, predictions] = [n + ids.length, rationale.length];
    const sizes = { batch: 1, tokens: ids.length, virtualTokens: n, cache: 0, predictions };
    const first = n + question.length - 1;
    const pairs = floatTensor(new Float32Array(width * width), [1, width, width]);
    return yield* runner.run({
      key: "saliency in sequence",
      build: (weights) => saliency(config, sizes, weights, { promptColumns: n, maps: true }),
      kind: "saliency",
    }, {
      ...positions.of([{ cached: 0, hidden: [] }], width, 0),
      prompt: floatTensor(vectors, [n, config.hiddenSize]),
      ids: idsTensor([ids], ids.length),
      rows: int64Tensor(rationale.map((_, t) => first + t)),
      labels: int64Tensor(rationale),
      weights: floatTensor(new Float32Array(predictions).fill(1 / predictions)),
      questionPairs: pairs,
      rationalePairs: pairs,
    });
  });

/** The last `rows` rows of maps [L, R, C]. */
export function lastRows({ shape, data }: ExpectedTensor, rows: number): Float32Array {
  const [layers, all, columns] = shape as [number, number, number];
  const kept = new Float32Array(layers * rows * columns);
  for (let l = 0; l < layers; l++) {
    const end = (l + 1) * all * columns;
    kept.set(data.subarray(end - rows * columns, end), l * rows * columns);
  }
  return kept;
}

/** Checks the relative error of each layer's map. */
function assertMaps(found: Float32Array, expected: Float32Array, layers: number): void {
  const size = expected.length / layers;
  for (let l = 0; l < layers; l++) {
    const part = (maps: Float32Array) => maps.subarray(l * size, (l + 1) * size);
    const error = relativeError(part(found), part(expected));
    assert.ok(error < RELATIVE, `layer ${l} differs by ${error}`);
  }
}

/** Registers the tests of one checkpoint: its numbers are those of PyTorch in expected.json and expected.safetensors. */
export function parityTests(name: string): void {
  const parity = (
    title: string,
    body: (context: DecodingContext) => Effect.Effect<
      void,
      unknown,
      FileSystem.FileSystem | Scope.Scope
    >,
  ) =>
    test(
      `${title} (${name})`,
      effectTest(() => withCache(Effect.flatMap(contextOf(vector(name)), body))),
    );

  parity(
    "decoder() gives PyTorch's logits, with and without a soft prompt",
    (context) =>
      Effect.gen(function* () {
        const expected = yield* expectedOf(name);
        const ids = [...expected.question_ids, ...expected.rationale_ids];
        const prompt = promptOf(expected.tensor("soft_prompt"));
        for (const [key, prefix] of [["plain", NO_PREFIX], ["prompted", prompt]] as const) {
          const found = yield* logitsOf(context, ids, prefix);
          const logits = expected.tensor(`${key}.logits`).data;
          // of a large vocabulary the last rows alone are there
          const last = found.subarray(found.length - logits.length);
          const difference = largestDifference(last, logits);
          assert.ok(difference < LOGITS, `${key} differs by ${difference}`);
        }
      }),
  );

  parity(
    "saliency() gives PyTorch's I_l and log-probabilities",
    (context) =>
      Effect.gen(function* () {
        const expected = yield* expectedOf(name);
        const { question_ids: questionIds, rationale_ids: rationaleIds, tensor } = expected;
        const rows = questionIds.length + rationaleIds.length;
        const prompt = promptOf(tensor("soft_prompt"));
        for (const [key, prefix] of [["plain", NO_PREFIX], ["prompted", prompt]] as const) {
          const found = yield* runSaliency(context, {
            prefix,
            questionIds,
            rationaleIds,
            maps: true,
          });
          const maps = lastRows(tensor(`${key}.saliency`), rows);
          assertMaps(found.maps!, maps, context.config.layers);
          const logProbabilities = tensor(`${key}.log_probs`).data.subarray(questionIds.length - 1);
          const difference = largestDifference(found.logProbabilities, logProbabilities);
          assert.ok(difference < LOGITS, `${key} log-probabilities differ by ${difference}`);
        }
      }),
  );

  parity(
    "saliency() is the same with the soft prompt in the sequence",
    (context) =>
      Effect.gen(function* () {
        const { question_ids, rationale_ids, tensor } = yield* expectedOf(name);
        const prompt = promptOf(tensor("soft_prompt"));
        const found = yield* saliencyInSequence(context, prompt, question_ids, rationale_ids);
        const maps = found["maps"]!.data as Float32Array;
        assertMaps(maps, tensor("prompted.saliency").data, context.config.layers);
      }),
  );

  parity(
    "runPromptGradient() gives PyTorch's loss and gradient",
    (context) =>
      Effect.gen(function* () {
        const { question_ids, rationale_ids, prompted, tensor } = yield* expectedOf(name);
        const found = yield* runPromptGradient(context, {
          vectors: tensor("soft_prompt").data,
          texts: [{ ids: [...question_ids, ...rationale_ids], from: question_ids.length }],
          tokenWeight: 1 / rationale_ids.length,
        });
        const difference = Math.abs(found.loss - prompted.loss);
        assert.ok(difference < LOGITS, `the loss differs by ${difference}`);
        const error = relativeError(found.gradient, tensor("prompted.prompt_gradient").data);
        assert.ok(error < RELATIVE, `the gradient differs by ${error}`);
      }),
  );

  test(
    `generate() gives PyTorch's greedy tokens, alone and in a batch of eight (${name})`,
    effectTest(() =>
      withCache(Effect.gen(function* () {
        const expected = yield* expectedOf(name);
        const engine = yield* engineOf(vector(name));
        const prompt = promptOf(expected.tensor("soft_prompt"));
        for (const [key, prefix] of [["plain", NO_PREFIX], ["prompted", prompt]] as const) {
          const { greedy_ids } = expected[key];
          const found = yield* engine.generate(
            request(expected.question_ids, greedy_ids.length, { prefix }),
          );
          assert.equal(found.ids, greedy_ids, key);
          assert.is(found.finish, "length");
        }
        const eight = expected.batch.map(({ prompt_ids, ids }) => request(prompt_ids, ids.length));
        const together = yield* Effect.forEach(eight, engine.generate, {
          concurrency: "unbounded",
        });
        assert.equal(together.map(({ ids }) => ids), expected.batch.map(({ ids }) => ids));
        const alone = yield* Effect.forEach(eight, engine.generate);
        assert.equal(together, alone, "a batch gives the bits of single runs");
      }))
    ),
  );
}
