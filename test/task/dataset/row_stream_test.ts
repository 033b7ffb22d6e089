import { Chunk, Effect, Either, Stream } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rows } from "../../../lib/task/dataset/row_stream.ts";

/** The rows of a text that arrives in pieces of the given sizes, as `[line, text]`, or what is wrong with it. */
function cut(text: string, sizes: readonly number[] = [1 << 20]) {
  const bytes = new TextEncoder().encode(text);
  const pieces: Uint8Array[] = [];
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    pieces.push(bytes.subarray(from, from + size));
    from += size;
  }
  const collected = Effect.runSync(
    Effect.either(Stream.runCollect(rows(Stream.fromIterable(pieces), "file"))),
  );
  return Either.match(collected, {
    onLeft: (error) => error.message,
    onRight: (found) =>
      Chunk.toReadonlyArray(found).map(({ line, offset, bytes: row }) => {
        assert.equal(bytes.slice(offset, offset + row.length), row);
        return [line, new TextDecoder().decode(row)];
      }),
  });
}

test("rows() of JSON Lines are the lines that are not blank", () => {
  assert.equal(cut('{"a":1}\n\n  \n{"a":2}'), [[1, '{"a":1}'], [4, '{"a":2}']]);
  assert.equal(cut('\ufeff{"a":1}\r\n{"a":2}\r\n'), [[1, '{"a":1}\r'], [2, '{"a":2}\r']]);
  assert.equal(cut(""), []);
});

test("rows() of one JSON array are its elements", () => {
  assert.equal(cut('[\n {"a": [1, 2]},\n {"b": "],}\\"["}\n]\n'), [
    [2, '{"a": [1, 2]}'],
    [3, '{"b": "],}\\"["}\n'],
  ]);
  assert.equal(cut("[]"), []);
});

test("rows() refuses an array that does not end, or that something follows", () => {
  assert.match(String(cut('[{"a":1},\n{"a"')), /line 2: the JSON array does not end/);
  assert.match(String(cut("[1]\n[2]")), /line 2: something follows/);
});

test("rows() refuses a row that would fill the memory", () => {
  assert.match(String(cut(`{"a":"${"x".repeat(17 * 1024 * 1024)}"}`)), /longer than 16 MiB/);
});

test("rows() does not depend on how the bytes arrive", () => {
  const json = fc.jsonValue().map((value) => JSON.stringify({ value }));
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(fc.array(json, { maxLength: 8 }), sizes, (values, chunking) => {
    const lines = values.map((value, index) => [index + 1, value]);
    assert.equal(cut(values.join("\n"), chunking), lines);
    const elements = cut(`[${values.join(" ,\n")}]`, chunking) as readonly unknown[][];
    assert.equal(
      elements.map(([, text]) => JSON.parse(String(text))),
      values.map((v) => JSON.parse(v)),
    );
  }));
});

test.run();
