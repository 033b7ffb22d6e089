import { Chunk, Effect, Stream } from "effect";
import { parquetWriteBuffer } from "hyparquet-writer";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  byName,
  DatasetError,
  examples,
  type ExamplesOptions,
  type JsonlOptions,
} from "../../../lib/task/mod.ts";
import { effectTest } from "../../support.ts";
import { fileOf } from "../support.ts";

const read = (options: ExamplesOptions, fields: JsonlOptions = {}) =>
  Effect.flatMap(
    byName("jsonl", { extractor: "text", ...fields }),
    (task) => Effect.map(Stream.runCollect(examples(task, options)), Chunk.toReadonlyArray),
  );
const pairs = (options: ExamplesOptions) =>
  Effect.map(read(options), (all) => all.map(({ id, question, gold }) => [id, question, gold]));
const failure = (options: ExamplesOptions) =>
  Effect.map(Effect.flip(read(options)), ({ message }) => message.replace(/'[^']*\//, "'"));

const QUESTIONS = ["What is 1?", 'A "quoted", word', "Two\nlines", "Grüße — 数学"];
const ANSWERS = ["1", "b", "c", "d"];

/** Parquet with two rows in a row group, unless told otherwise. */
const parquet = (extra: Parameters<typeof parquetWriteBuffer>[0]["columnData"] = [], group = 2) =>
  new Uint8Array(parquetWriteBuffer({
    columnData: [
      { name: "question", data: QUESTIONS, type: "STRING" },
      { name: "answer", data: ANSWERS, type: "STRING" },
      ...extra,
    ],
    rowGroupSize: group,
  }));
const table = (delimiter: string) =>
  "\ufeff" + [["question", "answer"], ...QUESTIONS.map((text, at) => [text, ANSWERS[at]!])]
    .map((row) => row.map((field) => `"${field.replaceAll('"', '""')}"`).join(delimiter))
    .join("\r\n");
const objects = QUESTIONS.map((question, at) => JSON.stringify({ question, answer: ANSWERS[at] }));

const FORMATS: Readonly<Record<string, string | Uint8Array>> = {
  jsonl: objects.join("\n"),
  json: `[${objects.join(",\n")}]`,
  csv: table(","),
  tsv: table("\t"),
  parquet: parquet(),
};

for (const [extension, content] of Object.entries(FORMATS)) {
  test(
    `examples() reads ${extension}, plain and as .gz, in order and shuffled`,
    effectTest(() =>
      Effect.gen(function* () {
        const expected = QUESTIONS.map((text, at) => [`mine-${at}`, text, ANSWERS[at]]);
        const plain = yield* fileOf(`mine.${extension}`, content);
        const packed = yield* fileOf(`mine.${extension}.gz`, gzipSync(content));
        const orders = [];
        for (const path of [plain, packed]) {
          assert.equal(yield* pairs({ path }), expected);
          const shuffled = yield* pairs({ path, shuffleSeed: 3 });
          assert.equal(shuffled.toSorted(), expected);
          orders.push(shuffled);
        }
        assert.equal(orders[0], orders[1]);
        assert.is.not(String(orders[0]), String(expected));
      })
    ),
  );
}

const FAULTS: readonly (readonly [name: string, content: string | Uint8Array, message: RegExp])[] =
  [
    ["short.parquet", parquet().subarray(0, 150), /short\.parquet': .*parquet/],
    ["none.parquet", "question,answer\n1,2", /none\.parquet': .*parquet/],
    ["empty.parquet", "", /empty\.parquet': .*parquet/],
    ["cut.jsonl.gz", gzipSync(FORMATS.jsonl!).subarray(0, 60), /in the middle of its gzip data/],
    ["cut.csv.gz", gzipSync(FORMATS.csv!).subarray(0, 60), /in the middle of its gzip data/],
    ["cut.parquet.gz", gzipSync(parquet()).subarray(0, 60), /in the middle of its gzip data/],
    ["none.tsv.gz", "question\tanswer", /it is not gzip data/],
    ["open.csv", 'question,answer\n"1,2', /[Qq]uote/],
    ["twice.csv", "question,question\n1,2", /names the field 'question' twice/],
    ["key.csv", "question,__proto__\n1,2", /forbidden field/],
    ["utf16.csv", new Uint8Array([0xff, 0xfe, 0x31, 0]), /it is not valid UTF-8 text/],
    ["latin.tsv", new Uint8Array([0x61, 0x0a, 0xe9]), /it is not valid UTF-8 text/],
    ["header.csv", "question,answer\n", /it has no example/],
    ["nothing.csv", "", /it has no example/],
    [
      "row.csv",
      "question,answer\n\n1,2\n3,4,5\n",
      /, line 4: it has 3 fields, and the first row 2/,
    ],
    ["field.csv", 'question,answer\n"a\nb",1\n"c\nd",\n', /, line 4: at answer: must not be empty/],
  ];

for (const [name, content, message] of FAULTS) {
  test(
    `examples() refuses ${name} in one line`,
    effectTest(() =>
      Effect.gen(function* () {
        const path = yield* fileOf(name, content);
        for (const order of [{}, { shuffleSeed: 1 }]) {
          const found = yield* failure({ path, ...order });
          assert.match(found, message);
          assert.not.match(found, /\n/);
        }
      })
    ),
  );
}

test(
  "examples() refuses parquet that is damaged anywhere, or reads it",
  effectTest(() =>
    Effect.gen(function* () {
      const whole = parquet();
      for (let at = 0; at < whole.length; at += 31) {
        const bytes = whole.slice();
        bytes[at]! ^= 0xff;
        const found = yield* Effect.either(read({ path: yield* fileOf("x.parquet", bytes) }));
        if (found._tag === "Left") assert.instance(found.left, DatasetError);
      }
    })
  ),
);

test(
  "examples() reads numbers, lists and structures of parquet, and counts its rows",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* fileOf(
        "mine.parquet",
        parquet([
          { name: "big", data: [1n, 2n ** 60n, 3n, 4n], type: "INT64" },
          {
            name: "meta",
            data: QUESTIONS.map((_, at) => ({ all: [`x${at}`, "y"] })),
            type: "JSON",
          },
        ]),
      );
      const all = yield* read({ path }, { id: "big", answer: "meta.all", strata: ["meta.all[0]"] });
      assert.equal(all.map(({ id }) => id), ["1", String(2n ** 60n), "3", "4"]);
      assert.equal(all[2]!.accepted, ["y"]);
      assert.equal(all[2]!.strata, { "meta.all[0]": "x2" });
      const bad = yield* fileOf(
        "bad.parquet",
        new Uint8Array(parquetWriteBuffer({
          columnData: [
            { name: "question", data: ["a", "b", "c"], type: "STRING" },
            { name: "answer", data: ["1", "2", null], type: "STRING" },
          ],
          rowGroupSize: 1,
        })),
      );
      assert.match(yield* failure({ path: bad }), /bad\.parquet', row 3: at answer: is missing/);
    })
  ),
);

test(
  "examples() refuses a parquet file whose columns are not those of its schema, which could end the program",
  effectTest(() =>
    Effect.gen(function* () {
      const two = ["extra1", "extra2"].map((name) => ({
        name,
        data: QUESTIONS,
        type: "STRING" as const,
      }));
      const renamed = (to: string) => {
        const text = Buffer.from(parquet(two)).toString("latin1");
        return new Uint8Array(Buffer.from(text.replaceAll("extra2", to), "latin1"));
      };
      const path = yield* fileOf("twice.parquet", renamed("extra1"));
      assert.match(yield* failure({ path }), /a row group has the column 'extra1' twice/);
      const others = yield* fileOf("others.parquet", renamed("extra3"));
      assert.is((yield* read({ path: others })).length, QUESTIONS.length);
    })
  ),
);

test(
  "examples() skips bad rows of a table, shuffled too",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* fileOf("mine.csv", "question,answer\na,1\nb\nc,3\n");
      for (const order of [{}, { shuffleSeed: 1 }]) {
        const skipped: DatasetError[] = [];
        const skipBad = (error: DatasetError) => Effect.sync(() => void skipped.push(error));
        const found = yield* pairs({ path, ...order, skipBad });
        assert.equal(found.toSorted(), [["mine-0", "a", "1"], ["mine-2", "c", "3"]]);
        assert.equal(skipped.map(({ line }) => line), [3]);
      }
    })
  ),
);

test(
  "examples() leaves ids out, and names those that are not there",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* fileOf("mine.csv", FORMATS.csv!);
      const found = yield* pairs({ path, excludeIds: ["mine-0", "mine-2"] });
      assert.equal(found.map(([id]) => id), ["mine-1", "mine-3"]);
      const message = yield* failure({ path, excludeIds: ["mine-9"] });
      assert.match(message, /no example with id 'mine-9'/);
    })
  ),
);

test.run();
