import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decoder, logits } from "../../../lib/model/graph/decoder.ts";
import type { DecodingContext } from "../../../lib/model/engine/decoding.ts";
import { NO_PREFIX, type Prefix } from "../../../lib/model/engine/engine.ts";
import { makeLocalEngine } from "../../../lib/model/engine/local_engine.ts";
import { floatTensor, idsTensor } from "../../../lib/model/graph/feeds.ts";
import { effectTest } from "../../support.ts";
import { contextOf, engineOf, request, softPrompt, someIds } from "../engine_support.ts";
import { randomCheckpoint } from "../random_checkpoint.ts";

const hiding = (prefix: Prefix, hidden: readonly number[]): Prefix => ({
  ...prefix,
  prompt: prefix.prompt.with({ hidden }),
});

/** The most likely next token by one run over prompt and text whose mask is made here: causal, without the hidden columns. */
const nextByFullRun = (
  { config, runner, positions }: DecodingContext,
  { prompt: { vectors, hidden } }: Prefix,
  ids: readonly number[],
) =>
  Effect.gen(function* () {
    const n = vectors.length / config.hiddenSize;
    const width = n + ids.length;
    const sizes = { batch: 1, tokens: ids.length, virtualTokens: n, cache: 0 };
    const mask = Float32Array.from({ length: width * width }, (_, at) => {
      const [row, column] = [Math.floor(at / width), at % width];
      return column <= row && !hidden.includes(column) ? 0 : -1e9;
    });
    const outputs = yield* runner.run({
      key: `full ${ids.length}`,
      build: (weights) => ({
        outputs: { logits: logits(config, weights, decoder(config, sizes, weights).hidden) },
      }),
      kind: "read",
    }, {
      ...positions.of([{ cached: 0, hidden: [] }], width, 0),
      mask: floatTensor(mask, [1, 1, width, 1, width]),
      ids: idsTensor([ids], ids.length),
      prompt: floatTensor(vectors, [n, config.hiddenSize]),
    });
    const last = (outputs["logits"]!.data as Float32Array).subarray(-config.vocabSize);
    const largest = Math.max(...last);
    const total = last.reduce((sum, x) => sum + Math.exp(x - largest), 0);
    return { token: last.indexOf(largest), logProbability: -Math.log(total) };
  });

test(
  "a hidden virtual token is read by no position",
  effectTest(() =>
    Effect.gen(function* () {
      const context = yield* contextOf(yield* randomCheckpoint(), { config: { eosIds: [] } });
      const engine = yield* makeLocalEngine(context, 4);
      const whole = softPrompt(4, 64);
      const question = someIds(7, 3);
      for (const hidden of [[], [2], [0, 3]]) {
        const prefix = hiding(whole, hidden);
        const found = yield* engine.generate(request(question, 8, { prefix }));
        for (const [t, id] of found.ids.entries()) {
          const ids = [...question, ...found.ids.slice(0, t)];
          const { token, logProbability } = yield* nextByFullRun(context, prefix, ids);
          assert.is(id, token, `token ${t} without [${hidden}]`);
          assert.ok(Math.abs(found.logProbabilities[t]! - logProbability) < 1e-4);
        }
        const { promptFlow } = yield* engine.saliency({
          prefix,
          questionIds: question,
          rationaleIds: found.ids,
        });
        const read = [0, 1, 2, 3].map((j) => promptFlow.some((x, at) => at % 4 === j && x > 0));
        assert.equal(read, [0, 1, 2, 3].map((j) => !hidden.includes(j)));
      }
    })
  ),
);

test(
  "prefixes that are dropped and computed again give the same bits",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* randomCheckpoint();
      const prefixes = [
        softPrompt(4, 64),
        softPrompt(4, 64, 0.2),
        { ...softPrompt(3, 64), ids: someIds(20, 8) },
        { ...NO_PREFIX, ids: someIds(20, 8) },
        { ...NO_PREFIX, ids: someIds(20, 9) },
        hiding(softPrompt(4, 64), [1]),
      ];
      const ask = (prefixBytes: number) =>
        Effect.gen(function* () {
          let runs = 0;
          const watch = (key: string) => {
            runs += Number(key.startsWith("prefix"));
          };
          const { generate } = yield* engineOf(directory, { prefixBytes, watch });
          const requests = [...prefixes, ...prefixes].map((prefix) =>
            request(someIds(6, 2), 12, { prefix })
          );
          return { found: yield* Effect.forEach(requests, generate), runs };
        });
      const kept = yield* ask(2 ** 28);
      const dropped = yield* ask(1);
      assert.is(kept.runs, 6);
      assert.is(dropped.runs, 12);
      assert.equal(dropped.found, kept.found);
      assert.equal(kept.found.slice(6), kept.found.slice(0, 6));
    })
  ),
);

test.run();
