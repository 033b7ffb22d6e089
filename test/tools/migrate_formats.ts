/**
 * Brings runs and calibrations of format 1 to format 2: `npx tsx test/tools/migrate_formats.ts FOLDER...`. Used once, for what data/ holds;
 * it serves as well for a run of one's own that is to be looked at again. Samples get their checksums, results.json is computed from
 * them, and dpc.json says what was fixed then: the mean loss, on the processor.
 *
 * @module
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { argv } from "node:process";
import { gunzipSync, gzipSync } from "node:zlib";
import { Schema } from "../../lib/schema/mod.ts";
import { Sample, summarise } from "../../lib/results/mod.ts";
import { toCheckedLine } from "../../lib/run/checked_line.ts";

const FORMAT = 2;
const decodeSample = Schema.decodeUnknownSync(Sample);
const readText = (file: string) => readFileSync(file, "utf8");
const writeJson = (file: string, value: unknown) =>
  writeFileSync(file, JSON.stringify(value, null, 2) + "\n");

/** The lines with format and checksum; lines that have them stay. */
const migrateLines = (text: string): Buffer =>
  Buffer.concat(
    text.split("\n").filter((line) => line !== "").map((line) => {
      const { format: _, checksum: __, ...sample } = JSON.parse(line);
      decodeSample(sample);
      return toCheckedLine(sample);
    }),
  );

/** What is done with a file of that name. */
const MIGRATIONS: Readonly<Record<string, (file: string) => void>> = {
  "samples.jsonl": (file) => writeFileSync(file, migrateLines(readText(file))),
  "samples.jsonl.gz": (file) =>
    writeFileSync(
      file,
      gzipSync(migrateLines(gunzipSync(readFileSync(file)).toString()), { level: 9 }),
    ),
  "dpc.json": (file) => {
    const { format: _, ...rest } = JSON.parse(readText(file));
    writeJson(file, { format: FORMAT, loss: "mean", device: "cpu", ...rest });
  },
  "run.json": (file) => writeJson(file, { ...JSON.parse(readText(file)), format: FORMAT }),
  "results.json": (file) => {
    const { task, failed = 0 } = JSON.parse(readText(file));
    const lines = readText(join(dirname(file), "samples.jsonl")).split("\n");
    const samples = lines.filter((line) => line !== "").map((line) =>
      decodeSample(JSON.parse(line))
    );
    writeJson(file, summarise(task, samples, { failed }));
  },
};

for (const folder of argv.slice(2)) {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const migrate = MIGRATIONS[basename(name)];
    if (migrate === undefined) continue;
    migrate(join(folder, name));
    console.log(join(folder, name));
  }
}
