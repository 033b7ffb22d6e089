/**
 * How much memory reading a dataset takes, of a small file and a large one of each format: it may not grow with the file. Under Node's own
 * heap limit: the peak of the process (HEAP=128 gives the reader 128 MB instead, as a small machine would), and what is reachable after a
 * collection, which is looked at ten times on the way and does not depend on how lazily V8 collects.
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
import { argv, env, execArgv, execPath, exit, memoryUsage, resourceUsage } from "node:process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { byName, examples } from "../../../lib/task/mod.ts";

/** Megabytes of the small file, and by how many the peak may grow. */
const [SMALL, MAY_GROW] = [10, 100];

/** Megabytes of the reader's heap; 0 for Node's own limit. */
const HEAP = Number(env["HEAP"] ?? 0);

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

/** What a process says of its reading; memory in megabytes. */
interface Measured {
  readonly rows: number;
  readonly peak: number;
  readonly reachable: number;
}

/** Megabytes that are reachable: the heap and what belongs to its objects outside of it, after a collection. */
function reachable(): number {
  gc!();
  const { heapUsed, external } = memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** In a process of its own: the rows of a file, its peak in kilobytes, and the most that was reachable at ten points of the file. */
const read = (path: string, rows: number) =>
  Effect.gen(function* () {
    const task = yield* byName("jsonl");
    let [count, most] = [0, 0];
    // collections would lower the peak: it is measured without them
    yield* Stream.runForEach(examples(task, { path }), () =>
      Effect.sync(() => {
        if (++count % Math.ceil(rows / 10) === 0 && argv[2] === "reachable") {
          most = Math.max(most, reachable());
        }
      }));
    return { rows: count, peak: resourceUsage().maxRSS / 1000, reachable: most };
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer), Effect.runPromise);

if (argv[2] === "peak" || argv[2] === "reachable") {
  console.log(JSON.stringify(await read(argv[3]!, Number(argv[4]))));
} else {
  const [large = "1000", ...formats] = argv.slice(2);
  const folder = mkdtempSync(join(tmpdir(), "dataset-memory-"));
  const failed: string[] = [];
  try {
    for (const format of formats.length > 0 ? formats : FORMATS) {
      const found: Measured[] = [];
      for (const megabytes of [SMALL, Number(large)]) {
        const rows = megabytes * 1e6 / ROW;
        const file = join(folder, `mine.${format}`);
        await write(file, format, rows);
        const limit = HEAP === 0 ? [] : [`--max-old-space-size=${HEAP}`];
        const measure = (what: "peak" | "reachable") => {
          const args = [...execArgv, "--expose-gc", ...limit, argv[1]!, what, file, String(rows)];
          const measured: Measured = JSON.parse(String(execFileSync(execPath, args)));
          if (measured.rows !== rows) throw new Error(`${measured.rows} of ${rows} rows`);
          return measured;
        };
        const { peak } = measure("peak");
        const { reachable } = measure("reachable");
        found.push({ rows, peak, reachable });
        console.log(
          `${format}: file of ${
            (statSync(file).size / 1e6).toFixed(0)
          } MB (${megabytes} MB of text), ` +
            `peak ${peak.toFixed(0)} MB, reachable at most ${reachable.toFixed(0)} MB`,
        );
        rmSync(file);
      }
      const grows = (key: "peak" | "reachable") => found[1]![key] - found[0]![key] > MAY_GROW;
      for (const key of ["peak", "reachable"] as const) {
        if (grows(key)) failed.push(`${format}: ${key}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (const each of failed) console.error(`${each} grew by more than ${MAY_GROW} MB`);
  exit(failed.length > 0 ? 1 : 0);
}
