import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Contrast, NO_PREFIX, type Prefix } from "../../../lib/model/engine/engine.ts";
import { makeLocalEngine } from "../../../lib/model/engine/local_engine.ts";
import { effectTest } from "../../support.ts";
import { type ReferenceDecoder, referenceDecoder } from "../decoder_reference.ts";
import { contextOf, engineOf, request, softPrompt, someIds } from "../engine_support.ts";
import { randomCheckpoint } from "../random_checkpoint.ts";

const D = 32;
const checkpoint = randomCheckpoint({
  config: {
    hidden_size: D,
    intermediate_size: 48,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    num_hidden_layers: 2,
  },
  deviation: 0.4,
});
const PROMPTED: Prefix = softPrompt(3, D);
const IDS = someIds(14, 2);
const TOKENS = 10;

const contrast = (weight: number, threshold = 0): Contrast => ({
  against: NO_PREFIX,
  weight,
  threshold,
});
const asked = (more: Contrast | undefined, ids = IDS) =>
  request(ids, TOKENS, { prefix: PROMPTED, ...(more === undefined ? {} : { contrast: more }) });

/** Log-probabilities of what follows a text, by one pass over all of it. */
function pass(decoder: ReferenceDecoder, { prompt }: Prefix, ids: readonly number[]) {
  decoder.reset();
  const virtual = Array.from(
    { length: prompt.virtualTokens },
    (_, n) => Array.from(prompt.vectors.subarray(n * D, (n + 1) * D)),
  );
  return decoder.read([...virtual, ...ids.map(decoder.embed)]);
}

/** The answer as two full passes for each token give it, and in how many tokens the streams are contrasted. */
function generate(decoder: ReferenceDecoder, { weight, threshold }: Contrast) {
  const found: { id: number; logProbability: number; contrasted: boolean }[] = [];
  while (found.length < TOKENS) {
    const ids = [...IDS, ...found.map(({ id }) => id)];
    const [p, q] = [pass(decoder, PROMPTED, ids), pass(decoder, NO_PREFIX, ids)];
    const divergence = p.reduce((sum, x, i) => sum + Math.exp(x) * (x - q[i]!), 0);
    const contrasted = divergence > threshold;
    const scores = contrasted ? p.map((x, i) => (1 + weight) * x - weight * q[i]!) : p;
    const most = Math.max(...scores);
    const total = Math.log(scores.reduce((sum, x) => sum + Math.exp(x - most), 0));
    found.push({ id: scores.indexOf(most), logProbability: -total, contrasted });
  }
  return found;
}

test(
  "generate() with a contrast chooses the tokens that two full passes for each of them choose",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* checkpoint;
      const reference = yield* referenceDecoder(directory);
      const engine = yield* engineOf(directory, { config: { eosIds: [] } });
      const shares: number[] = [];
      for (const each of [contrast(0.7), contrast(-0.6), contrast(1, 0.4), contrast(-1)]) {
        const expected = generate(reference, each);
        const found = yield* engine.generate(asked(each));
        const name = `a = ${each.weight}, above ${each.threshold}`;
        assert.equal(found.ids, expected.map(({ id }) => id), name);
        found.logProbabilities.forEach((p, t) =>
          assert.ok(Math.abs(p - expected[t]!.logProbability) < 1e-4, `${name}, token ${t}: ${p}`)
        );
        shares.push(expected.filter(({ contrasted }) => contrasted).length);
      }
      assert.ok(shares[2]! > 0 && shares[2]! < TOKENS, `some tokens are contrasted: ${shares}`);
    })
  ),
);

test(
  "generate() with a contrast of weight 0, or below its threshold, gives the bits of none; at -1 the other prefix's tokens",
  effectTest(() =>
    Effect.gen(function* () {
      const engine = yield* engineOf(yield* checkpoint, { config: { eosIds: [] } });
      const plain = yield* engine.generate(asked(undefined));
      assert.equal(yield* engine.generate(asked(contrast(0))), plain);
      assert.equal(yield* engine.generate(asked(contrast(1, 1e6))), plain);
      assert.not.equal((yield* engine.generate(asked(contrast(1)))).ids, plain.ids);
      const bare = yield* engine.generate(request(IDS, TOKENS));
      assert.equal((yield* engine.generate(asked(contrast(-1)))).ids, bare.ids);
    })
  ),
);

test(
  "contrasted and plain texts give the same bits in any batch, also in one slot",
  effectTest(() =>
    Effect.gen(function* () {
      const context = yield* contextOf(yield* checkpoint, {
        threads: 2,
        config: { eosIds: [] },
      });
      const requests = Array.from({ length: 7 }, (_, i) => ({
        ...asked([contrast(0.8), undefined, contrast(-0.5, 0.2)][i % 3], someIds(5 + 23 * i, i)),
        maxNewTokens: 30 - 3 * i,
      }));
      const one = yield* makeLocalEngine(context, 1);
      const alone = yield* Effect.forEach(requests, one.generate);
      for (const slots of [1, 2, 5, 8]) {
        const engine = yield* makeLocalEngine(context, slots);
        const together = yield* Effect.forEach(requests, engine.generate, {
          concurrency: "unbounded",
        });
        assert.equal(together, alone, `${slots} slots`);
      }
    })
  ),
);

test(
  "a contrast with a prefix that the model can't read is refused",
  effectTest(() =>
    Effect.gen(function* () {
      const engine = yield* engineOf(yield* checkpoint);
      const wrong = { ...contrast(1), against: { ...NO_PREFIX, ids: [1e6] } };
      const error = yield* Effect.flip(engine.generate(asked(wrong)));
      assert.is(error._tag, "EngineError");
    })
  ),
);

test.run();
