import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Engine, type GenerateRequest, NO_PREFIX } from "../../../lib/model/engine/engine.ts";
import { makeLocalEngine } from "../../../lib/model/engine/local_engine.ts";
import { prepareWeights, type Quantization } from "../../../lib/model/weights/mod.ts";
import { effectTest } from "../../support.ts";
import { contextOf, engineOf, request, softPrompt, someIds } from "../engine_support.ts";
import { canInt8 } from "../int8_support.ts";
import { type ConfigKeys, randomCheckpoint } from "../random_checkpoint.ts";

/** Models in which a row's bits could depend on the batch: see lib/model/engine/decoding.ts and decoder.ts. */
const MODELS: readonly {
  readonly what: string;
  readonly config: ConfigKeys;
  readonly threads: number;
  readonly quantization?: Quantization;
}[] = [
  { what: "one thread", config: {}, threads: 1 },
  // sums over a row of the vocabulary start at another alignment in each row
  { what: "a vocabulary that is no multiple of 4", config: { vocab_size: 323 }, threads: 2 },
  // narrow products, which threads would split in ways that depend on the batch
  {
    what: "one kv head and four threads",
    config: { num_attention_heads: 8, num_key_value_heads: 1, head_dim: 64 },
    threads: 4,
  },
  { what: "int8", config: {}, threads: 2, quantization: "int8" },
  {
    what: "a sliding window",
    config: {
      architectures: ["MistralForCausalLM"],
      model_type: "mistral",
      sliding_window: 24,
      hidden_size: 192,
      num_attention_heads: 6,
      num_key_value_heads: 3,
    },
    threads: 2,
  },
];

/** Unequal texts, every other behind a soft prompt, that need up to 300 positions. */
const unequal = (hiddenSize: number): readonly GenerateRequest[] =>
  Array.from({ length: 10 }, (_, i) =>
    request(someIds(3 + 30 * i, i), 40 - 3 * i, {
      prefix: i % 2 === 0 ? NO_PREFIX : softPrompt(4, hiddenSize),
    }));

/** All answers, by the place of their request; up to `concurrency` are asked for at a time, in the order given. */
const answers = (
  engine: Engine,
  requests: readonly GenerateRequest[],
  order: readonly number[],
  concurrency: number | "unbounded" = "unbounded",
) =>
  Effect.map(
    Effect.forEach(order, (i) => engine.generate(requests[i]!), { concurrency }),
    (found) => requests.map((_, i) => found[order.indexOf(i)]!),
  );

for (const { what, config, threads, quantization } of MODELS) {
  if (quantization === "int8" && !canInt8) continue;
  test(
    `generate() gives the same bits in any batch: ${what}`,
    effectTest(() =>
      Effect.gen(function* () {
        const directory = yield* randomCheckpoint({ config, deviation: 0.2 });
        const context = yield* contextOf(directory, {
          threads,
          config: { eosIds: [] },
          weights: (checkpoint) => prepareWeights(checkpoint, quantization),
        });
        const requests = unequal(context.config.hiddenSize);
        const inOrder = requests.map((_, i) => i);
        const one = yield* makeLocalEngine(context, 1);
        const alone = yield* Effect.forEach(requests, one.generate);
        assert.equal(alone.map(({ ids }) => ids.length), requests.map((r) => r.maxNewTokens));
        for (const slots of [2, 3, 16]) {
          const engine = yield* makeLocalEngine(context, slots);
          const together = yield* answers(engine, requests, inOrder);
          assert.equal(together, alone, `${slots} slots`);
        }
        const three = yield* makeLocalEngine(context, 3);
        const order = [7, 2, 9, 0, 5, 4, 1, 8, 3, 6];
        assert.equal(yield* answers(three, requests, order), alone, "another order");
        assert.equal(yield* answers(three, requests, order, 4), alone, "arriving late");
      })
    ),
  );
}

test(
  "generate() gives the same bits beside a text that makes the cache grow",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* randomCheckpoint();
      const short = request(someIds(5, 1), 40);
      const long = request(someIds(600, 2), 40);
      const quiet = yield* engineOf(directory);
      const alone = yield* quiet.generate(short);
      const engine = yield* engineOf(directory);
      const [beside] = yield* Effect.all([engine.generate(short), engine.generate(long)], {
        concurrency: "unbounded",
      });
      assert.equal(beside, alone);
      assert.equal(yield* engine.generate(short), alone, "after it");
    })
  ),
);

test(
  "generate() samples by the seed alone, and leaves greedy neighbours their bits",
  effectTest(() =>
    Effect.gen(function* () {
      const context = yield* contextOf(yield* randomCheckpoint(), { config: { eosIds: [] } });
      const sampled = (seed: number) =>
        request(someIds(9, 4), 30, { sampling: { temperature: 1.5, topP: 0.95, seed } });
      const requests = [
        sampled(1),
        sampled(2),
        request(someIds(20, 3), 30),
        sampled(1),
        request(someIds(9, 4), 30, { sampling: { temperature: 1, topP: 1e-6, seed: 3 } }),
        request(someIds(9, 4), 30),
      ];
      const alone = yield* Effect.forEach(
        requests,
        (yield* makeLocalEngine(context, 1)).generate,
      );
      const engine = yield* makeLocalEngine(context, 8);
      const together = yield* Effect.forEach(requests, engine.generate, {
        concurrency: "unbounded",
      });
      assert.equal(together, alone);
      assert.equal(alone[3], alone[0]);
      assert.not.equal(alone[1]!.ids, alone[0]!.ids);
      assert.equal(alone[4]!.ids, alone[5]!.ids, "the least nucleus is the greedy choice");
    })
  ),
);

test(
  "saliency() gives the same bits whatever else the engine is asked",
  effectTest(() =>
    Effect.gen(function* () {
      const context = yield* contextOf(yield* randomCheckpoint(), { threads: 2 });
      const engine = yield* makeLocalEngine(context, 4);
      const prefix = softPrompt(4, context.config.hiddenSize);
      const texts = [[3, 9], [40, 22], [70, 50], [12, 1]].map(([q, r], i) => ({
        prefix: i === 1 ? NO_PREFIX : prefix,
        questionIds: someIds(q!, i),
        rationaleIds: someIds(r!, i + 10),
        maps: i === 2,
      }));
      const alone = yield* Effect.forEach(texts, engine.saliency);
      const [together] = yield* Effect.all([
        Effect.forEach(texts, engine.saliency, { concurrency: "unbounded" }),
        Effect.forEach(
          unequal(context.config.hiddenSize).slice(0, 4),
          engine.generate,
          { concurrency: "unbounded" },
        ),
      ], { concurrency: "unbounded" });
      assert.equal(together, alone);
    })
  ),
);

test.run();
