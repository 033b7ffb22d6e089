import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { GenerateRequest } from "../../../lib/model/engine/engine.ts";
import type { AttentionCalibration } from "../../../lib/model/graph/sink_calibration.ts";
import { makeLocalEngine } from "../../../lib/model/engine/local_engine.ts";
import { effectTest } from "../../support.ts";
import { calibrate, type ReferenceDecoder, referenceDecoder } from "../decoder_reference.ts";
import { contextOf, engineOf, request, softPrompt, someIds } from "../engine_support.ts";
import { randomCheckpoint } from "../random_checkpoint.ts";

const D = 32;

/** Few heads of a small model, so that plain loops are quick. */
const CONFIG = {
  hidden_size: D,
  intermediate_size: 48,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  num_hidden_layers: 3,
};

const checkpoint = randomCheckpoint({ config: CONFIG, deviation: 0.4 });

const SOME_HEADS: AttentionCalibration = {
  alpha: 2,
  beta: 0.4,
  heads: [[0, 1], [1, 0], [1, 3], [2, 2]],
};

/** Of the authors' code: low enough for sinks in every text. */
const ABSOLUTE: AttentionCalibration = { threshold: 0.1, beta: 0.4, heads: SOME_HEADS.heads };

/** Greedy tokens and their log-probabilities by the plain decoder. */
function generate(
  decoder: ReferenceDecoder,
  { prefix, ids, maxNewTokens, calibration }: GenerateRequest,
) {
  decoder.reset();
  const virtual = Array.from(
    { length: prefix.prompt.vectors.length / D },
    (_, n) => Array.from(prefix.prompt.vectors.subarray(n * D, (n + 1) * D)),
  );
  const found: { id: number; logProbability: number }[] = [];
  let next = decoder.read(
    [...virtual, ...[...prefix.ids, ...ids].map(decoder.embed)],
    calibration,
  );
  for (;;) {
    const logProbability = Math.max(...next);
    const id = next.indexOf(logProbability);
    found.push({ id, logProbability });
    if (found.length === maxNewTokens) return found;
    next = decoder.read([decoder.embed(id)], calibration);
  }
}

test(
  "generate() with calibrated attention does what plain loops do",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* checkpoint;
      const reference = yield* referenceDecoder(directory);
      const engine = yield* engineOf(directory, { config: { eosIds: [] } });
      const prompted = { ...softPrompt(3, D), ids: someIds(5, 9) };
      const cases: readonly GenerateRequest[] = [
        request(someIds(21, 1), 12),
        request(someIds(21, 1), 12, { calibration: SOME_HEADS }),
        request(someIds(17, 2), 12, { calibration: SOME_HEADS, prefix: prompted }),
        request(someIds(9, 3), 12, { calibration: { ...SOME_HEADS, beta: 0 } }),
        request(someIds(21, 1), 12, { calibration: ABSOLUTE }),
        request(someIds(17, 2), 12, { calibration: ABSOLUTE, prefix: prompted }),
        request(someIds(9, 3), 12, { calibration: { ...ABSOLUTE, threshold: 0.3, beta: 0 } }),
      ];
      for (const [i, each] of cases.entries()) {
        const expected = generate(reference, each);
        const found = yield* engine.generate(each);
        assert.is(reference.sinks() > 0, each.calibration !== undefined, `case ${i} has sinks`);
        assert.equal(found.ids, expected.map(({ id }) => id), `case ${i}`);
        found.logProbabilities.forEach((p, t) =>
          assert.ok(Math.abs(p - expected[t]!.logProbability) < 1e-4, `case ${i}, token ${t}: ${p}`)
        );
      }
    })
  ),
);

test(
  "calibrated attention changes answers, and nothing where no head or no attention is chosen",
  effectTest(() =>
    Effect.gen(function* () {
      const engine = yield* engineOf(yield* checkpoint, { config: { eosIds: [] } });
      const ask = (calibration?: AttentionCalibration) =>
        engine.generate(request(someIds(21, 1), 12, calibration ? { calibration } : {}));
      const plain = yield* ask();
      assert.not.equal((yield* ask(SOME_HEADS)).logProbabilities, plain.logProbabilities);
      assert.equal(yield* ask({ ...SOME_HEADS, heads: [] }), plain, "no head");
      assert.equal(yield* ask({ ...SOME_HEADS, beta: 1 }), plain, "sinks keep all");
      assert.equal(yield* ask({ ...SOME_HEADS, alpha: 1e6 }), plain, "no sink");
      assert.not.equal((yield* ask(ABSOLUTE)).logProbabilities, plain.logProbabilities);
      assert.equal(yield* ask({ ...ABSOLUTE, threshold: 1 }), plain, "no absolute sink");
    })
  ),
);

test(
  "calibrated and plain texts give the same bits in any batch",
  effectTest(() =>
    Effect.gen(function* () {
      for (
        const [threads, config] of [[1, CONFIG], [2, {
          ...CONFIG,
          num_key_value_heads: 1,
        }]] as const
      ) {
        const directory = yield* randomCheckpoint({ config, deviation: 0.4 });
        const context = yield* contextOf(directory, { threads, config: { eosIds: [] } });
        const requests = Array.from({ length: 9 }, (_, i) =>
          request(someIds(4 + 19 * i, i), 40 - 3 * i, {
            ...(i % 2 === 0 ? { prefix: softPrompt(3, D) } : {}),
            ...([
              {},
              { calibration: { ...SOME_HEADS, alpha: 1 + i / 3 } },
              { calibration: ABSOLUTE },
            ][i % 3]),
          }));
        const one = yield* makeLocalEngine(context, 1);
        const alone = yield* Effect.forEach(requests, one.generate);
        for (const slots of [3, 8, 16]) {
          const engine = yield* makeLocalEngine(context, slots);
          const together = yield* Effect.forEach(requests, engine.generate, {
            concurrency: "unbounded",
          });
          assert.equal(together, alone, `${threads} threads, ${slots} slots`);
        }
      }
    })
  ),
);

test("calibrate() of the reference keeps rows of probabilities, and the first position", () => {
  const { attention, sinks } = calibrate([[1, 0, 0], [0.2, 0.8, 0], [0.1, 0.6, 0.3]], {
    alpha: 1.5,
    beta: 0.5,
  });
  // columns receive 1.3 / 3, 1.4 / 2 and 0.3; 1.5 / 3 is needed
  assert.equal(sinks, [1]);
  const expected = [[1, 0, 0], [0.6, 0.4, 0], [0.175, 0.3, 0.525]];
  attention.forEach((row, i) =>
    row.forEach((a, j) => assert.ok(Math.abs(a - expected[i]![j]!) < 1e-12, `${i} ${j}: ${a}`))
  );
});

test("calibrate() of the reference leaves the first sink alone that is above a threshold", () => {
  const rows = [[1, 0, 0], [0.2, 0.8, 0], [0.1, 0.3, 0.6]];
  // columns receive 1.3 / 3, 1.1 / 2 and 0.6
  const sinks = (threshold: number) => calibrate(rows, { threshold, beta: 0.5 }).sinks;
  assert.equal([0.4, 0.5, 0.58, 0.7].map(sinks), [[1, 2], [2], [], []]);
});

test.run();
