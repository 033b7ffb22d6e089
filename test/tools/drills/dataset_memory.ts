/**
 * How much memory reading a dataset takes, of a small file and a large one of each format: it may not grow with the file. The reader has a
 * heap of 128 MB, as V8 otherwise lets garbage pile up to several times of what is in use before it collects any; HEAP=0 leaves it that.
 *
 *     npx tsx test/tools/drills/dataset_memory.ts [MEGABYTES [FORMAT...]]
 *
 * @module
 */
import { NodeContext } from "@effect/platform-node";
import { Effect, Stream } from "effect";
import { fileWriter, ParquetWriter } from "hyparquet-writer";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createWriteStream, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, env, execArgv, execPath, exit, resourceUsage } from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { byName, examples } from "../../../lib/task/mod.ts";

/** Megabytes of the small file, and by how many the peak may grow. */
const [SMALL, MAY_GROW] = [10, 100];

/** Megabytes of the reader's heap. */
const HEAP = Number(env["HEAP"] ?? 128);

/** Bytes of a row, and rows of a row group. */
const [ROW, GROUP] = [1000, 10_000];

const FORMATS = ["jsonl", "json", "csv", "tsv", "parquet", "jsonl.gz", "csv.gz"];

/** Random letters: texts are cut out of them so far apart that packing finds little to save. */
const LETTERS = randomBytes(1 << 20).toString("base64");

/** A text of {@linkcode ROW} characters that is no other's. */
const text = (row: number): string => {
  const from = row * 7919 * ROW % (LETTERS.length - ROW);
  return `${row} ${LETTERS.slice(from, from + ROW)}`.slice(0, ROW);
};

function* lines(format: string, rows: number): Generator<string> {
  const separator = format.startsWith("csv") ? "," : "\t";
  const isTable = /^[ct]sv/.test(format);
  yield isTable ? `question${separator}answer\n` : format === "json" ? "[\n" : "";
  for (let row = 0; row < rows; row++) {
    const end = format !== "json" ? "\n" : row === rows - 1 ? "]\n" : ",\n";
    const content = isTable
      ? `"${text(row)}"${separator}${row}`
      : JSON.stringify({ question: text(row), answer: row });
    yield content + end;
  }
}

async function write(file: string, format: string, rows: number): Promise<void> {
  if (format !== "parquet") {
    const packed = format.endsWith(".gz") ? [createGzip({ level: 1 })] : [];
    await pipeline([Readable.from(lines(format, rows)), ...packed, createWriteStream(file)]);
    return;
  }
  const schema = [
    { name: "root", num_children: 2 },
    { name: "question", type: "BYTE_ARRAY", converted_type: "UTF8" },
    { name: "answer", type: "INT64" },
  ] as const;
  const writer = new ParquetWriter({
    writer: fileWriter(file),
    schema: schema.map((each) => ({ ...each, repetition_type: "REQUIRED" as const })),
  });
  for (let from = 0; from < rows; from += GROUP) {
    const group = Array.from({ length: Math.min(GROUP, rows - from) }, (_, at) => from + at);
    await writer.write({
      columnData: [
        { name: "question", data: group.map(text) },
        { name: "answer", data: group.map(BigInt) },
      ],
      rowGroupSize: GROUP,
    });
  }
  await writer.finish();
}

/** In a process of its own: the rows of a file, and its peak in kilobytes. */
const read = (path: string) =>
  Effect.gen(function* () {
    const task = yield* byName("jsonl");
    const rows = yield* Stream.runCount(examples(task, { path }));
    return { rows, peak: resourceUsage().maxRSS };
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer), Effect.runPromise);

if (argv[2] === "read") {
  console.log(JSON.stringify(await read(argv[3]!)));
} else {
  const [large = "1000", ...formats] = argv.slice(2);
  const folder = mkdtempSync(join(tmpdir(), "dataset-memory-"));
  let failed = false;
  try {
    for (const format of formats.length > 0 ? formats : FORMATS) {
      const peaks: number[] = [];
      for (const megabytes of [SMALL, Number(large)]) {
        const rows = megabytes * 1e6 / ROW;
        const file = join(folder, `mine.${format}`);
        await write(file, format, rows);
        const start = performance.now();
        const limit = HEAP === 0 ? [] : [`--max-old-space-size=${HEAP}`];
        const printed = execFileSync(execPath, [...execArgv, ...limit, argv[1]!, "read", file]);
        const found = JSON.parse(String(printed)) as {
          readonly rows: number;
          readonly peak: number;
        };
        if (found.rows !== rows) throw new Error(`${found.rows} of ${rows} rows`);
        peaks.push(found.peak / 1000);
        console.log(
          `${format}: file of ${
            (statSync(file).size / 1e6).toFixed(0)
          } MB (${megabytes} MB of text), ` +
            `peak ${peaks.at(-1)!.toFixed(0)} MB, ${
              ((performance.now() - start) / 1000).toFixed(1)
            } s`,
        );
        rmSync(file);
      }
      failed ||= peaks[1]! - peaks[0]! > MAY_GROW;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  if (failed) console.error(`Memory grew by more than ${MAY_GROW} MB`);
  exit(failed ? 1 : 0);
}
