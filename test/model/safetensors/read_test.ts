import { FileSystem } from "@effect/platform";
import { Cause, Effect, Either, Exit } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  parseHeader,
  readDirectory,
  SafetensorsError,
} from "../../../lib/model/safetensors/read.ts";
import { writeSafetensors } from "../../../lib/model/safetensors/write.ts";
import { readRows, readTensor } from "../../../lib/model/safetensors/tensor_data.ts";
import { effectTest } from "../../support.ts";
import { failure, fileOf, temporaryFile, vector } from "../support.ts";

const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

test("parseHeader() takes a __metadata__ of null for none, as the official reader does", () => {
  const header = new TextEncoder().encode('{"__metadata__":null}');
  const { metadata, tensors } = Either.getOrThrow(parseHeader(header, 8 + header.length));
  assert.is(metadata.size + tensors.size, 0);
});

test(
  "readDirectory() gives absolute offsets, shapes and metadata",
  effectTest(() =>
    Effect.gen(function* () {
      const header = {
        __metadata__: { format: "pt" },
        b: f32([2], 4, 12),
        a: f32([], 0, 4),
        e: f32([0, 3], 4, 4),
      };
      const file = yield* temporaryFile(fileOf(header, 12));
      const { dataStart, metadata, tensors, size } = yield* readDirectory(file);
      assert.is(dataStart, 8 + JSON.stringify(header).length);
      assert.is(size, dataStart + 12);
      assert.equal([...metadata], [["format", "pt"]]);
      assert.equal(tensors.get("b"), {
        dtype: "F32",
        shape: [2],
        offset: dataStart + 4,
        length: 8,
      });
      assert.equal(tensors.get("e"), {
        dtype: "F32",
        shape: [0, 3],
        offset: dataStart + 4,
        length: 0,
      });
    })
  ),
);

const refused: readonly (readonly [string, Uint8Array, string])[] = [
  ["shorter than the length field", new Uint8Array(5), "it is truncated: found 5 bytes"],
  [
    "header longer than the file",
    fileOf({ a: f32([1], 0, 4) }, 4).subarray(0, 30),
    "it is truncated: the header ends at byte",
  ],
  [
    "header above the format's bound",
    new Uint8Array(64).fill(0xff),
    "its header may take at most 16777216 bytes: found 18446744073709551615",
  ],
  [
    "data missing at the end",
    fileOf({ a: f32([4], 0, 16) }, 7),
    "it is truncated: its tensors end at byte",
  ],
  ["data left over", fileOf({ a: f32([1], 0, 4) }, 5), "1 bytes at its end belong to no tensor"],
  [
    "overlap",
    fileOf({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12),
    "tensor 'b' overlaps the one before it",
  ],
  [
    "hole",
    fileOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12),
    "tensor 'b' leaves a hole of 4 bytes before it",
  ],
  [
    "out of range",
    fileOf({ a: f32([1], 1000, 1004) }, 4),
    "tensor 'a' leaves a hole of 1000 bytes before it",
  ],
  [
    "range backwards",
    fileOf({ a: f32([1], 4, 0) }, 4),
    "tensor 'a' ends before it begins: found data_offsets [4,0]",
  ],
  [
    "wrong byte length",
    fileOf({ a: f32([3], 0, 4) }, 4),
    "tensor 'a' of F32 [3] must take 12 bytes: found 4",
  ],
  [
    "more bytes than the shape takes",
    fileOf({ a: f32([1], 0, 12) }, 12),
    "tensor 'a' of F32 [1] must take 4 bytes: found 12",
  ],
  ["size beyond 2^53", fileOf({ a: f32([2 ** 52, 2 ** 52], 0, 4) }, 4), "tensor 'a' of F32"],
  [
    "unknown dtype",
    fileOf({ a: { ...f32([1], 0, 4), dtype: "F31" } }, 4),
    "tensor 'a' has a dtype that the format does not know: found 'F31'",
  ],
  [
    "dtype that Object.prototype has",
    fileOf({ a: { ...f32([1], 0, 4), dtype: "constructor" } }, 4),
    "found 'constructor'",
  ],
  ["negative size", fileOf({ a: f32([-1], 0, 4) }, 4), "tensor 'a' has no valid shape"],
  [
    "fractional offset",
    fileOf({ a: f32([1], 0.5, 4.5) }, 4),
    "tensor 'a' has no valid data_offsets",
  ],
  ["no entry", fileOf({ a: null }, 0), "tensor 'a' is not described by an object"],
  [
    "metadata that is not text",
    fileOf({ __metadata__: { a: 1 } }, 0),
    "its __metadata__ must map text to text",
  ],
  [
    "repeated name",
    fileOf(
      `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`,
      4,
    ),
    "its header names 'a' twice",
  ],
  [
    "repeated __proto__",
    fileOf(`{"__proto__":1,"__proto__":2}`, 0),
    "its header names '__proto__' twice",
  ],
  ["list for a header", fileOf("[]", 0), "its header is not a JSON object"],
  ["byte-order mark", fileOf("\uFEFF{}", 0), "its header is not valid JSON"],
  ["not UTF-8", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x22, 0xff), "its header is not valid UTF-8"],
  [
    "name that breaks the line",
    fileOf({ "a\nb": null }, 0),
    "tensor 'a\\nb' is not described by an object",
  ],
];
for (const [title, bytes, reason] of refused) {
  test(
    `readDirectory() refuses: ${title}`,
    effectTest(() =>
      Effect.gen(function* () {
        const file = yield* temporaryFile(bytes);
        const error = yield* failure(readDirectory(file));
        assert.instance(error, SafetensorsError);
        assert.ok(
          error.message.startsWith(`Cannot read '${file}' as ${reason}`) ||
            error.message.includes(reason),
          error.message,
        );
      })
    ),
  );
}

test(
  "readDirectory() names a missing file and a folder",
  effectTest(() =>
    Effect.gen(function* () {
      const missing = yield* failure(readDirectory("/nowhere/model.safetensors"));
      assert.is(
        missing.message,
        "Cannot read '/nowhere/model.safetensors' as there is no such file",
      );
      const folder = yield* failure(readDirectory(vector("llama")));
      assert.is(folder.message, `Cannot read '${vector("llama")}' as it is not a regular file`);
    })
  ),
);

test("parseHeader() keeps a tensor named __proto__", () => {
  const header = `{"__proto__":${JSON.stringify(f32([1], 0, 4))}}`;
  const parsed = Either.getOrThrow(
    parseHeader(new TextEncoder().encode(header), 8 + header.length + 4),
  );
  assert.equal([...parsed.tensors.keys()], ["__proto__"]);
});

test("parseHeader() answers any JSON with tensors or a reason", () => {
  const entry = fc.record({
    dtype: fc.oneof(fc.constantFrom("F32", "F16", "I64", "BOOL", "F4"), fc.string()),
    shape: fc.array(fc.oneof(fc.nat(5), fc.integer(), fc.double()), { maxLength: 4 }),
    data_offsets: fc.array(fc.oneof(fc.nat(64), fc.maxSafeInteger()), { maxLength: 3 }),
  }, { requiredKeys: [] });
  const header = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom("__proto__", "__metadata__")),
      fc.oneof(entry, fc.jsonValue()),
    ),
  );
  fc.assert(
    fc.property(header, fc.nat(200), (value, size) => {
      const bytes = new TextEncoder().encode(JSON.stringify(value));
      const parsed = parseHeader(bytes, 8 + bytes.length + size);
      if (Either.isLeft(parsed)) return parsed.left.length > 0 && !parsed.left.includes("\n");
      const total = [...parsed.right.tensors.values()].reduce((sum, { length }) => sum + length, 0);
      return total === size;
    }),
    { numRuns: 2000 },
  );
});

test(
  "readDirectory() answers a damaged file with its tensors or a typed error",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const whole = yield* fs.readFile(`${vector("llama_f16")}/model.safetensors`);
      const file = yield* temporaryFile(whole);
      const damage = fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 0, max: 255 })), {
        maxLength: 4,
      });
      const cases = fc.sample(fc.tuple(damage, fc.nat(whole.length)), 150);
      for (const [changes, length] of cases) {
        const bytes = whole.slice(0, length);
        for (const [at, value] of changes) bytes[at] = value;
        yield* fs.writeFile(file, bytes);
        const result = yield* Effect.either(readDirectory(file));
        if (Either.isLeft(result)) assert.instance(result.left, SafetensorsError);
      }
    })
  ),
);

const values = Float32Array.of(0, -0, 1.5, -2.75, 65504, 2 ** -24, 3.1415927, 1e-8);

test(
  "writeSafetensors() is read back exactly as F32 and to nearest as F16",
  effectTest(() =>
    Effect.gen(function* () {
      const file = yield* temporaryFile(new Uint8Array());
      const tensors = [{ name: "b", shape: [2, 4], data: values }, {
        name: "a",
        shape: [0],
        data: new Float32Array(),
      }];
      yield* writeSafetensors(file, tensors);
      const full = yield* readDirectory(file);
      assert.is(full.dataStart % 8, 0);
      assert.equal([...full.metadata], [["format", "pt"]]);
      const entry = { ...full.tensors.get("b")!, name: "b", file, dtype: "F32" as const };
      assert.equal(yield* readTensor(entry), values);
      assert.equal(
        yield* readRows(entry, [1, 0, 1]),
        Float32Array.from([...values.slice(4), ...values]),
      );
      yield* writeSafetensors(file, tensors, "F16");
      const half = yield* readDirectory(file);
      const halves = yield* readTensor({
        ...half.tensors.get("b")!,
        name: "b",
        file,
        dtype: "F16",
      });
      assert.equal(halves, Float32Array.of(0, -0, 1.5, -2.75, 65504, 2 ** -24, 3.140625, 0));
    })
  ),
);

test(
  "readRows() dies on a row that is not there",
  effectTest(() =>
    Effect.gen(function* () {
      const file = yield* temporaryFile(fileOf({ m: f32([2, 1], 0, 8) }, 8));
      const entry = (yield* readDirectory(file)).tensors.get("m")!;
      const exit = yield* Effect.exit(readRows({ ...entry, dtype: "F32", name: "m", file }, [2]));
      assert.match(
        Cause.pretty(Exit.isFailure(exit) ? exit.cause : Cause.empty),
        /'m' has rows 0 to 1: asked for 2/,
      );
    })
  ),
);

test(
  "readTensor() says that a file was cut after it was opened",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const file = yield* temporaryFile(fileOf({ m: f32([4], 0, 16) }, 16));
      const entry = (yield* readDirectory(file)).tensors.get("m")!;
      yield* fs.truncate(file, entry.offset + 10);
      const error = yield* failure(readTensor({ ...entry, dtype: "F32", name: "m", file }));
      assert.is(error.message, `Cannot read '${file}' as it became shorter`);
    })
  ),
);

test.run();
