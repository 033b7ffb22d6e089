import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NO_PREFIX } from "../../../lib/model/engine/engine.ts";
import { effectTest } from "../../support.ts";
import { engineOf, relativeError, softPrompt, someIds } from "../engine_support.ts";
import { referenceDecoder } from "../decoder_reference.ts";
import { randomCheckpoint } from "../random_checkpoint.ts";

test(
  "saliency() reduces the maps as lib/dpc/README.md defines S_pq, S_qr and S_rr",
  effectTest(() =>
    Effect.gen(function* () {
      const engine = yield* engineOf(yield* randomCheckpoint());
      const [q, r, n] = [9, 14, 4];
      const texts = { questionIds: someIds(q, 1), rationaleIds: someIds(r, 2) };
      for (
        const [prefix, c] of [[NO_PREFIX, 0], [
          { ...softPrompt(n, 64), ids: someIds(5, 3) },
          n + 5,
        ]] as const
      ) {
        const found = yield* engine.saliency({ prefix, ...texts, maps: true });
        const plain = yield* engine.saliency({ prefix, ...texts });
        const { maps, ...reduced } = found;
        assert.equal(plain, reduced, "with or without the maps");
        const width = c + q + r;
        assert.is(maps!.length, 2 * (q + r) * width);
        const at = (l: number, i: number, j: number) => maps![(l * (q + r) + i) * width + j]!;
        const mean = (
          l: number,
          rows: [number, number],
          columns: (i: number) => [number, number],
        ) => {
          let [sum, count] = [0, 0];
          for (let i = rows[0]; i < rows[1]; i++) {
            const [from, to] = columns(i);
            for (let j = from; j < to; j++, count++) sum += at(l, i, j);
          }
          return sum / count;
        };
        const both = [0, 1];
        const expected = {
          qr: both.map((l) => mean(l, [q, q + r], () => [c, c + q])),
          rr: both.map((l) => mean(l, [q, q + r], (i) => [c + q, c + i])),
        };
        const near = (a: Float32Array, b: readonly number[]) =>
          assert.ok(relativeError(a, Float32Array.from(b)) < 1e-5, `${a} is not ${b}`);
        near(found.questionToRationale, expected.qr);
        near(found.rationaleToRationale, expected.rr);
        const columns = found.virtualTokens;
        assert.is(columns, c === 0 ? 0 : n);
        found.promptFlow.forEach((flow, k) =>
          assert.is(
            flow,
            at(Math.floor(k / columns / (q + r)), Math.floor(k / columns) % (q + r), k % columns),
          )
        );
      }
    })
  ),
);

test(
  "promptGradient() of a batch is the sum over its texts, padding left out",
  effectTest(() =>
    Effect.gen(function* () {
      const engine = yield* engineOf(yield* randomCheckpoint());
      const { vectors } = softPrompt(4, 64).prompt;
      const texts = [[10, 4], [120, 20], [3, 1]].map(([length, from], i) => ({
        ids: someIds(length!, i),
        from: from!,
      }));
      const ask = (some: typeof texts) =>
        engine.promptGradient({ vectors, texts: some, tokenWeight: 1 / 108 });
      const together = yield* ask(texts);
      const lossAlone = yield* engine.promptGradient({
        vectors,
        texts,
        tokenWeight: 1 / 108,
        lossOnly: true,
      });
      assert.is(lossAlone.loss, together.loss);
      assert.is(lossAlone.gradient.length, 0);
      const alone = yield* Effect.forEach(texts, (text) => ask([text]));
      const sum = vectors.map((_, i) => alone.reduce((all, { gradient }) => all + gradient[i]!, 0));
      assert.ok(relativeError(together.gradient, sum) < 1e-5);
      const loss = alone.reduce((all, each) => all + each.loss, 0);
      assert.ok(Math.abs(together.loss - loss) < 1e-5 * loss);
    })
  ),
);

test(
  "hiddenStates() gives the residual stream of the last token behind the layers asked for",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* randomCheckpoint();
      const engine = yield* engineOf(directory);
      const reference = yield* referenceDecoder(directory);
      const prefix = softPrompt(3, 64);
      const ids = someIds(9, 4);
      const rows = [0, 1, 2].map((j) => [...prefix.prompt.vectors.subarray(64 * j, 64 * (j + 1))]);
      reference.read([...rows, ...ids.map(reference.embed)]);
      const { states } = yield* engine.hiddenStates({ prefix, ids, layers: [1, 0] });
      for (const [at, layer] of [1, 0].entries()) {
        const expected = Float32Array.from(reference.states()[layer]!);
        assert.ok(relativeError(states[at]!, expected) < 1e-5, `layer ${layer}`);
      }
      const first = yield* engine.hiddenStates({ prefix, ids, layers: [0] });
      assert.equal(first.states[0], states[1]);
      const error = yield* Effect.flip(engine.hiddenStates({ prefix, ids, layers: [0, 2] }));
      assert.match(error.message, /after layer 2 as the model has 2 layers/);
    })
  ),
);

test(
  "saliency() of attention gives rows that sum to 1, and the prompt's columns of them",
  effectTest(() =>
    Effect.gen(function* () {
      const engine = yield* engineOf(yield* randomCheckpoint());
      const [q, r, n] = [5, 6, 4];
      const texts = { questionIds: someIds(q, 1), rationaleIds: someIds(r, 2) };
      const prefix = softPrompt(n, 64);
      const found = yield* engine.saliency({ prefix, ...texts, attention: true, maps: true });
      const width = n + q + r;
      for (let row = 0; row < 2 * (q + r); row++) {
        const attention = found.maps!.subarray(row * width, (row + 1) * width);
        assert.ok(Math.abs(attention.reduce((sum, a) => sum + a, 0) - 1) < 1e-5);
        assert.equal(found.promptFlow.subarray(row * n, (row + 1) * n), attention.subarray(0, n));
      }
      assert.is(found.logProbabilities.length, 0);
    })
  ),
);

test(
  "divergence() is KL between the distributions behind two prefixes at each token of the answer",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* randomCheckpoint();
      const engine = yield* engineOf(directory);
      const reference = yield* referenceDecoder(directory);
      const prefix = softPrompt(3, 64);
      const [questionIds, rationaleIds] = [someIds(4, 1), someIds(3, 2)];
      const rows = [0, 1, 2].map((j) => [...prefix.prompt.vectors.subarray(64 * j, 64 * (j + 1))]);
      const behind = (prompt: typeof rows) => {
        reference.reset();
        const first = reference.read([...prompt, ...questionIds.map(reference.embed)]);
        return [
          first,
          ...rationaleIds.slice(0, -1).map((id) => reference.read([reference.embed(id)])),
        ];
      };
      const [p, q] = [behind(rows), behind([])];
      const expected = p.map((scores, t) =>
        scores.reduce((sum, logP, v) => sum + Math.exp(logP) * (logP - q[t]![v]!), 0)
      );
      const ask = { prefix, questionIds, rationaleIds };
      const { perToken } = yield* engine.divergence({ ...ask, against: NO_PREFIX });
      assert.ok(relativeError(perToken, Float32Array.from(expected)) < 1e-4, `${perToken}`);
      const same = yield* engine.divergence({ ...ask, against: prefix });
      assert.equal([...same.perToken], [0, 0, 0]);
    })
  ),
);

test.run();
