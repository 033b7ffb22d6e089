import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  bfloatToFloat,
  floatToHalf,
  halfToFloat,
} from "../../../lib/model/safetensors/float_formats.ts";

const widen = (bits: Uint16Array) => {
  const floats = new Float32Array(bits.length);
  halfToFloat(bits, floats);
  return floats;
};

test("halfToFloat() follows IEEE 754 binary16", () => {
  const bits = Uint16Array.of(
    0x0000,
    0x8000,
    0x3c00,
    0xc000,
    0x7bff,
    0x0001,
    0x03ff,
    0x0400,
    0x7c00,
    0xfc00,
    0x3555,
  );
  assert.equal(
    widen(bits),
    Float32Array.of(
      0,
      -0,
      1,
      -2,
      65504,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      Infinity,
      -Infinity,
      0.333251953125,
    ),
  );
  assert.ok(Number.isNaN(widen(Uint16Array.of(0x7e00))[0]));
});

test("floatToHalf() is the inverse of halfToFloat() on every binary16", () => {
  const all = Uint16Array.from({ length: 0x10000 }, (_, half) => half).filter((half) =>
    (half & 0x7fff) <= 0x7c00
  );
  assert.equal(floatToHalf(widen(all)), all);
});

test("floatToHalf() rounds to the nearest, ties to even", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, min: -70000, max: 70000 }), (value) => {
      const [bits] = floatToHalf(Float32Array.of(value));
      const chosen = widen(Uint16Array.of(bits!))[0]!;
      if (!Number.isFinite(chosen)) return Math.abs(value) >= 65520;
      const neighbours = widen(
        Uint16Array.of(Math.max(bits! & 0x7fff, 1) - 1 | bits! & 0x8000, bits! + 1),
      );
      return neighbours.every((other) => {
        const [near, far] = [Math.abs(chosen - value), Math.abs(other - value)];
        return near < far || other === chosen || (near === far && bits! % 2 === 0);
      });
    }),
    { numRuns: 3000 },
  );
  assert.equal(
    floatToHalf(Float32Array.of(65519.996, 65520, 2 ** -25, 2 ** -25 * 1.0001, NaN)).slice(0, 4),
    Uint16Array.of(0x7bff, 0x7c00, 0, 1),
  );
});

test("bfloatToFloat() puts the bits above 16 zeros", () => {
  const floats = new Float32Array(4);
  bfloatToFloat(Uint16Array.of(0x3f80, 0xc049, 0x0001, 0xff80), floats);
  assert.equal(floats, Float32Array.of(1, -3.140625, 2 ** -133, -Infinity));
});

test.run();
