import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import fc from "fast-check";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { open } from "../../../lib/model/checkpoint/checkpoint.ts";
import { NO_PREFIX } from "../../../lib/model/engine/engine.ts";
import { contentHash } from "../../../lib/model/weights/content_hash.ts";
import { prepareWeights } from "../../../lib/model/weights/packed.ts";
import {
  BLOCK,
  type BlockQuantization,
  quantizeMatrix,
} from "../../../lib/model/weights/quantization.ts";
import { writeSafetensors } from "../../../lib/model/safetensors/write.ts";
import { readTensor } from "../../../lib/model/safetensors/tensor_data.ts";
import { effectTest } from "../../support.ts";
import { engineOf } from "../engine_support.ts";
import { copyOf, vector } from "../support.ts";

const STEPS = { q8: 128, q4: 8 } as const;
const both: readonly BlockQuantization[] = ["q8", "q4"];

test("quantizeMatrix() is off by half a step at most, and by nothing where a number is farthest from zero", () => {
  const block = fc.float32Array({
    minLength: BLOCK,
    maxLength: BLOCK,
    noNaN: true,
    min: -9,
    max: 9,
  });
  for (const matrix of fc.sample(block, 200)) {
    const farthest = matrix.reduce((a, b) => Math.abs(b) > Math.abs(a) ? b : a);
    for (const quantization of both) {
      const { values, scales } = quantizeMatrix(matrix, quantization);
      const step = Math.abs(farthest) / STEPS[quantization];
      matrix.forEach((x, i) => {
        // the side opposite to the farthest number has one step less
        const most = Math.sign(x) === Math.sign(farthest) ? step / 2 : step;
        assert.ok(Math.abs(values[i]! - x) <= most * 1.0001, `${x} became ${values[i]}`);
      });
      assert.is(scales.length, 1);
      assert.is(values[matrix.indexOf(farthest)], farthest === 0 ? 0 : Math.fround(farthest));
    }
  }
});

test("quantizeMatrix() lays numbers out low bits first, above 2^(bits - 1)", () => {
  const matrix = Float32Array.from({ length: BLOCK }, (_, i) => i === 2 ? -8 : i === 3 ? 7 : 0);
  const { numbers, scales } = quantizeMatrix(matrix, "q4");
  assert.is(scales[0], 1);
  assert.equal([...numbers.subarray(0, 3)], [0x88, 0xf0, 0x88]);
  assert.equal([...quantizeMatrix(matrix, "q8").numbers.subarray(1, 4)], [128, 0, 240]);
});

const text = { ids: [5, 9, 2, 14, 3, 8], from: 2 };

for (const quantization of both) {
  test(
    `an engine over a copy in few bits decodes near the numbers that its gradients read (${quantization})`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        env["DPC_CACHE"] = yield* fs.makeTempDirectoryScoped();
        // the checkpoint that the bits stand for
        const rounded = yield* copyOf("llama");
        const checkpoint = yield* open(rounded);
        const tensors = yield* Effect.forEach(checkpoint.tensors.values(), (tensor) =>
          Effect.map(readTensor(tensor), (data) => ({
            name: tensor.name,
            shape: tensor.shape,
            // a table of embeddings is read row by row, and rows of other lengths have no whole blocks
            data: tensor.shape.length === 2 && tensor.shape[1]! % BLOCK === 0 &&
                tensor.name !== "model.embed_tokens.weight"
              ? quantizeMatrix(data, quantization).values
              : data,
          })));
        yield* writeSafetensors(`${rounded}/model.safetensors`, tensors);
        const bits = yield* engineOf(vector("llama"), {
          weights: (whole) =>
            prepareWeights(whole, quantization),
        });
        const numbers = yield* engineOf(rounded);
        const vectors = new Float32Array(2 * checkpoint.config.hiddenSize).fill(0.1);
        const gradient = { vectors, texts: [text], tokenWeight: 0.25 };
        assert.equal(yield* bits.promptGradient(gradient), yield* numbers.promptGradient(gradient));

        const request = { prefix: NO_PREFIX, ids: text.ids, maxNewTokens: 4, stop: [] };
        const [found, expected] = yield* Effect.all([
          bits.generate(request),
          numbers.generate(request),
        ]);
        assert.equal(found.ids, expected.ids);
        // the first token is read at once; the others are decoded, with inputs rounded to 8 bits
        assert.is(found.logProbabilities[0], expected.logProbabilities[0]);
        assert.is.not(found.logProbabilities[1], expected.logProbabilities[1]);
        found.logProbabilities.forEach((x, i) =>
          assert.ok(Math.abs(x - expected.logProbabilities[i]!) < 0.1, `${x} at ${i}`)
        );
      }).pipe(Effect.ensuring(Effect.sync(() =>
        delete env["DPC_CACHE"]
      )))
    ),
  );
}

test(
  "prepareWeights() makes the copy of each number of bits once",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const cache = yield* fs.makeTempDirectoryScoped();
      env["DPC_CACHE"] = cache;
      const checkpoint = yield* open(vector("llama"));
      const name = yield* contentHash(checkpoint);
      for (const quantization of both) yield* prepareWeights(checkpoint, quantization);
      const made = yield* fs.readDirectory(cache);
      assert.equal(
        made.sort(),
        ["q4", "q8"].flatMap((bits) => [`${name}.${bits}`, `${name}.${bits}.digest.json`]),
      );
      const before = yield* fs.stat(`${cache}/${name}.q4`);
      yield* prepareWeights(checkpoint, "q4");
      assert.equal((yield* fs.stat(`${cache}/${name}.q4`)).ino, before.ino);
      // one that is too short is made again
      yield* fs.truncate(`${cache}/${name}.q4`, 100);
      yield* prepareWeights(checkpoint, "q4");
      assert.is((yield* fs.stat(`${cache}/${name}.q4`)).size, before.size);
    }).pipe(Effect.ensuring(Effect.sync(() => delete env["DPC_CACHE"])))
  ),
);

test.run();
