import { Effect, Either } from "effect";
import { PCGRandom } from "effect/Utils";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bfloatToFloat, halfToFloat } from "../../../lib/model/safetensors/float_formats.ts";
import { Checkpoint } from "../../../lib/model/mod.ts";
import { checkFinite, type WeightDtype } from "../../../lib/model/safetensors/tensor_data.ts";
import { effectTest } from "../../support.ts";
import { copyOf, editWeights, failure, temporaryFile } from "../support.ts";

for (const value of [NaN, -Infinity]) {
  test(
    `checkFinite() names the tensor and element that is ${value}`,
    effectTest(() =>
      Effect.gen(function* () {
        const directory = yield* copyOf("llama");
        yield* editWeights(directory, (tensors) => {
          tensors.find(({ name }) => name === "model.layers.2.mlp.down_proj.weight")!.data[777] =
            value;
          return tensors;
        });
        const error = yield* failure(
          Effect.flatMap(Checkpoint.open(directory), Checkpoint.checkFinite),
        );
        assert.is(error._tag, "NonFiniteError");
        assert.match(error.message, `Cannot use tensor 'model.layers.2.mlp.down_proj.weight' of '`);
        assert.match(
          error.message,
          `as all its values must be finite: found ${value} at element 777`,
        );
      })
    ),
  );
}

/** Index of the first element that is not finite; checks one tensor that has these bytes. */
const firstBad = (bytes: Uint8Array, dtype: WeightDtype) =>
  Effect.gen(function* () {
    const file = yield* temporaryFile(bytes);
    const place = { name: "w", file, dtype, shape: [], offset: 0, length: bytes.length };
    const checked = yield* Effect.either(checkFinite(place));
    if (Either.isRight(checked)) return -1;
    return checked.left._tag === "NonFiniteError" ? checked.left.index : undefined;
  });

/** Every pattern of 16 bits that is a finite number, an odd count of them. */
const finiteHalves = (widen: (bits: Uint16Array, into: Float32Array) => void) => {
  const all = Uint16Array.from({ length: 0x1_0000 }, (_, bits) => bits);
  const values = new Float32Array(all.length);
  widen(all, values);
  return {
    finite: all.filter((bits) => bits > 0 && Number.isFinite(values[bits])),
    others: all.filter((bits) => !Number.isFinite(values[bits])),
  };
};

for (const [dtype, widen] of [["F16", halfToFloat], ["BF16", bfloatToFloat]] as const) {
  test(
    `checkFinite() tells every pattern of ${dtype} in each place of a word`,
    effectTest(() =>
      Effect.gen(function* () {
        const { finite, others } = finiteHalves(widen);
        assert.is(finite.length % 2, 1);
        assert.is(yield* firstBad(new Uint8Array(finite.buffer), dtype), -1);
        const random = new PCGRandom(1);
        for (const bits of [others[0]!, others.at(-1)!, ...others.filter((_, i) => i % 97 === 0)]) {
          for (const at of [random.integer(finite.length - 1), finite.length - 1]) {
            const spoiled = Uint16Array.from(finite);
            spoiled[at] = bits;
            assert.is(yield* firstBad(new Uint8Array(spoiled.buffer), dtype), at, `${bits}`);
          }
        }
      })
    ),
  );
}

test(
  "checkFinite() tells patterns of F32",
  effectTest(() =>
    Effect.gen(function* () {
      const random = new PCGRandom(2);
      for (let round = 0; round < 300; round++) {
        const words = Uint32Array.from({ length: 9 }, () => random.integer(0xffff_ffff));
        words[0] = [0x7f7f_ffff, 0xff7f_ffff, 0x0080_0000, 0x8000_0001][round % 4]!;
        if (round % 3 === 0) {
          words[1 + round % 8] = [0x7f80_0000, 0xff80_0000, 0xffc0_0000][round % 7 % 3]!;
        }
        const expected = new Float32Array(words.buffer).findIndex((x) => !Number.isFinite(x));
        assert.is(yield* firstBad(new Uint8Array(words.buffer), "F32"), expected);
      }
    })
  ),
);

test.run();
