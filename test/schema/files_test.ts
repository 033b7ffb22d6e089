import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  FileError,
  hashFile,
  readJson,
  writeAtomic,
  writeAtomicFrom,
  writeJson,
} from "../../lib/schema/files.ts";
import { Schema } from "../../lib/schema/mod.ts";
import { effectTest } from "../support.ts";

const Size = Schema.Struct({ size: Schema.Number });

const inFolder = <A, E, R>(
  use: (fs: FileSystem.FileSystem, folder: string) => Effect.Effect<A, E, R>,
) =>
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      return yield* use(fs, yield* fs.makeTempDirectoryScoped());
    }) as Effect.Effect<A, E>
  );

test(
  "hashFile() is SHA-256 of the whole file, and refuses what is none",
  inFolder((fs, folder) =>
    Effect.gen(function* () {
      const bytes = Uint8Array.from({ length: 2 ** 21 + 5 }, (_, at) => at % 251);
      for (const length of [0, 1, 2 ** 20, bytes.length]) {
        const file = `${folder}/${length}`;
        yield* fs.writeFile(file, bytes.subarray(0, length));
        const expected = createHash("sha256").update(bytes.subarray(0, length)).digest("hex");
        assert.is(yield* hashFile(file), expected);
      }
      const reasonOf = (file: string) => Effect.map(Effect.flip(hashFile(file)), (e) => e.message);
      assert.is(yield* reasonOf(folder), `Cannot read '${folder}' as it is not a regular file`);
      assert.match(yield* reasonOf(`${folder}/none`), /none' as there is no such file$/);
    })
  ),
);

const unreadable: readonly (readonly [string, Uint8Array | string, string])[] = [
  ["text that is not JSON", "{size}", "it is not valid JSON: "],
  [
    "the key that would replace a prototype",
    '{"__proto__":1}',
    "it has the forbidden key",
  ],
  ["the same, escaped", '{"\\u005f_proto__":1}', "it has the forbidden key"],
  ["bytes that are not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "it is not valid UTF-8 text"],
  [
    "a key of another type",
    '{"size":"x"}',
    'its content is wrong at size: Expected number, actual "x"',
  ],
  [
    "more bytes than are allowed",
    '{"size":123456789012345}',
    "it may have at most 20 bytes: found 24",
  ],
];
for (const [title, content, reason] of unreadable) {
  test(
    `readJson() refuses ${title}`,
    inFolder((fs, folder) =>
      Effect.gen(function* () {
        const file = `${folder}/a.json`;
        yield* typeof content === "string"
          ? fs.writeFileString(file, content)
          : fs.writeFile(file, content);
        const error = yield* Effect.flip(readJson(file, Size, { maxBytes: 20 }));
        assert.instance(error, FileError);
        assert.ok(error.message.startsWith(`Cannot read '${file}' as ${reason}`), error.message);
        assert.not.match(error.message, /\n/);
      })
    ),
  );
}

test(
  "readJson() refuses a folder and a file that is not there",
  inFolder((_, folder) =>
    Effect.gen(function* () {
      const directory = yield* Effect.flip(readJson(folder, Size));
      assert.is(directory.message, `Cannot read '${folder}' as it is not a regular file`);
      const missing = yield* Effect.flip(readJson(`${folder}/a`, Size));
      assert.is(missing.message, `Cannot read '${folder}/a' as there is no such file`);
    })
  ),
);

test(
  "writeJson() is read back, and replaces what was there",
  inFolder((fs, folder) =>
    Effect.gen(function* () {
      const file = `${folder}/a.json`;
      yield* writeJson(file, { size: 1 });
      yield* writeJson(file, { size: 2 });
      assert.equal(yield* readJson(file, Size), { size: 2 });
      assert.equal(yield* fs.readDirectory(folder), ["a.json"]);
    })
  ),
);

test(
  "writeAtomicFrom() leaves the old file and nothing else when the content can't be made",
  inFolder((fs, folder) =>
    Effect.gen(function* () {
      const file = `${folder}/a`;
      yield* writeAtomic(file, [Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)]);
      const failed = writeAtomicFrom(file, (write) =>
        Effect.zipRight(write(Uint8Array.of(9)), Effect.fail("stopped")));
      assert.is(yield* Effect.flip(failed), "stopped");
      assert.equal([...(yield* fs.readFile(file))], [1, 2, 3]);
      assert.equal(yield* fs.readDirectory(folder), ["a"]);
    })
  ),
);

test(
  "writeAtomic() says why it can't write",
  inFolder((_, folder) =>
    Effect.gen(function* () {
      const file = `${folder}/none/a`;
      const error = yield* Effect.flip(writeAtomic(file, []));
      assert.is(error.message, `Cannot write '${file}' as there is no such folder`);
    })
  ),
);

test.run();
