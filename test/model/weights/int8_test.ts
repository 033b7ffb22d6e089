import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { open } from "../../../lib/model/checkpoint/checkpoint.ts";
import { quantizeColumns } from "../../../lib/model/weights/int8.ts";
import { int8Prepared, prepareWeights } from "../../../lib/model/weights/packed.ts";
import type { GraphKind } from "../../../lib/model/weights/files.ts";
import { effectTest } from "../../support.ts";
import { engineOf, relativeError, request } from "../engine_support.ts";
import { canInt8 } from "../int8_support.ts";
import { vector } from "../support.ts";

/** A cache of the test's own. */
const withCache = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    env["DPC_CACHE"] = yield* fs.makeTempDirectoryScoped();
    return yield* effect;
  }).pipe(Effect.ensuring(Effect.sync(() => delete env["DPC_CACHE"])));

test("quantizeColumns() transposes, and gives each output the scale of its number farthest from zero", () => {
  const [out, into] = [130, 3];
  const matrix = Float32Array.from(
    { length: out * into },
    (_, i) => i < into ? 0 : Math.sin(i) * (1 + i),
  );
  const { numbers, scales } = quantizeColumns(matrix, [out, into]);
  for (let o = 0; o < out; o++) {
    const row = matrix.subarray(o * into, (o + 1) * into);
    const largest = Math.max(...row.map(Math.abs));
    assert.is(scales[o], Math.fround(largest / 127));
    row.forEach((value, i) => {
      const found = numbers[i * out + o]! * scales[o]!;
      assert.ok(Math.abs(found - value) <= 0.5001 * scales[o]!, `${value} became ${found}`);
    });
  }
});

test(
  "prepareWeights() takes int8 where 8-bit products are exact, and refuses it in one line where they overflow",
  effectTest(() =>
    withCache(Effect.gen(function* () {
      const prepared = prepareWeights(yield* open(vector("llama")), "int8");
      if (canInt8) return assert.is((yield* prepared).files.quantized !== undefined, true);
      assert.is(
        (yield* Effect.flip(prepared)).message,
        "Cannot use int8 as this processor's 8-bit products overflow: use q8, or no --quantize",
      );
    }))
  ),
);

const text = { ids: [5, 9, 2, 14, 3, 8], from: 2 };
const saliencyRequest = {
  ...request(text.ids, 1),
  questionIds: text.ids.slice(0, 2),
  rationaleIds: text.ids.slice(2),
};

for (const name of canInt8 ? ["llama", "qwen2", "llama_f16"] : []) {
  test(
    `an engine of int8 is near the checkpoint's, its saliency the same bits (${name})`,
    effectTest(() =>
      withCache(Effect.gen(function* () {
        const whole = yield* engineOf(vector(name));
        const d = (yield* open(vector(name))).config.hiddenSize;
        const vectors = new Float32Array(2 * d).fill(0.1);
        const tuning = { vectors, texts: [text], tokenWeight: 0.25 };
        const of = (saliency: "int8" | "int8-saliency") =>
          engineOf(vector(name), { weights: (checkpoint) => prepareWeights(checkpoint, saliency) });
        const [int8, all] = [yield* of("int8"), yield* of("int8-saliency")];

        const expected = yield* whole.promptGradient(tuning);
        const found = yield* int8.promptGradient(tuning);
        assert.ok(Math.abs(found.loss - expected.loss) < 0.02 * expected.loss, `${found.loss}`);
        assert.is.not(found.loss, expected.loss);
        const error = relativeError(found.gradient, expected.gradient);
        assert.ok(error > 1e-4 && error < 0.25, `gradient off by ${error}`);

        const [own, rounded] = [
          yield* int8.saliency(saliencyRequest),
          yield* all.saliency(saliencyRequest),
        ];
        const flow = yield* whole.saliency(saliencyRequest);
        assert.equal(own, flow);
        assert.is.not(rounded.logProbabilities[0], flow.logProbabilities[0]);
        const off = relativeError(rounded.questionToRationale, flow.questionToRationale);
        assert.ok(off < 0.2, `saliency off by ${off}`);
      }))
    ),
  );
}

(canInt8 ? test : test.skip)(
  "a packed copy of int8 gives every bit of one that sessions pack, and keeps the packed one alone",
  effectTest(() =>
    withCache(Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const kinds: readonly GraphKind[] = ["read", "decode", "tuning"];
      const answers = (small: boolean) =>
        Effect.flatMap(
          engineOf(vector("qwen2"), {
            weights: (checkpoint) => int8Prepared(checkpoint, small, kinds),
          }),
          (engine) =>
            Effect.forEach([2, 4, 6], (n) => engine.generate(request(text.ids.slice(0, n), 12)), {
              concurrency: "unbounded",
            }),
        );
      const packed = yield* answers(false);
      const made = yield* fs.readDirectory(env["DPC_CACHE"]!);
      assert.equal(made.filter((file) => file.endsWith(".int8")), []);
      assert.is(made.filter((file) => file.endsWith(".int8.packed.onnx")).length, 1);
      assert.equal(yield* answers(false), packed);
      assert.equal(yield* fs.readDirectory(env["DPC_CACHE"]!), made, "the copy is found");
      assert.equal(yield* answers(true), packed);
    }))
  ),
);

test.run();
