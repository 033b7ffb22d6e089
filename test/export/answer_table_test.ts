import { FileSystem } from "@effect/platform";
import { parse } from "csv-parse/sync";
import { Effect } from "effect";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeAnswers } from "../../lib/export/mod.ts";
import { dpcHere } from "../dpc_here.ts";
import { arm, HOSTILE, sample, samples, writeRun } from "../report/support.ts";
import { effectTest } from "../support.ts";

/** Columns of CSV that are no text. */
const TYPED = ["draw", "correct", "tokens", "lowest", "mean", "score", "fired", "milliseconds"];

/** Reads a table as its users do. */
const READERS = {
  csv: (file: string) =>
    parse(readFileSync(file), {
      columns: true,
      cast: (cell, { column, quoting, header }) => {
        if (header || quoting) return cell;
        return cell === "" ? null : TYPED.includes(String(column)) ? JSON.parse(cell) : cell;
      },
    }),
  jsonl: (file: string) =>
    readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line)),
  parquet: async (file: string) => parquetReadObjects({ file: await asyncBufferFromFile(file) }),
} as const;

/** A text that a table must not break on; half of a surrogate pair has no bytes in UTF-8. */
const AWKWARD = HOSTILE.replace("\ud800", "") + '\r\n"=1+1",;\t';

for (const format of ["csv", "jsonl", "parquet"] as const) {
  test(
    `writeAnswers() writes ${format} whose rows are the run's answers`,
    effectTest(() =>
      Effect.gen(function* () {
        const odd = sample(7, {
          question: AWKWARD,
          strata: { level: "3" },
          arms: { pt: arm(false, { text: AWKWARD, answer: null, lowest: null, first: "" }) },
        });
        const directory = yield* writeRun([odd]);
        const file = `${directory}/answers.${format}`;
        assert.is(yield* writeAnswers({ directory, format, file }), 1);
        const rows = yield* Effect.promise(async () => await READERS[format](file));
        assert.equal(rows, [{
          id: "made-7",
          prompt: "seed0",
          draw: 1,
          arm: "pt",
          correct: false,
          verdict: "wrong",
          answer: null,
          gold: "2",
          rule: "####",
          tokens: 9,
          finish: "eos",
          lowest: null,
          mean: -0.1,
          trigger: null,
          score: null,
          fired: null,
          milliseconds: 12,
          stratum_level: "3",
          question: AWKWARD,
          first: "",
          text: AWKWARD,
        }]);
      })
    ),
  );
}

test(
  "writeAnswers() streams the run: a row group of parquet has the answers to 1000 samples, strata of all kinds are columns",
  effectTest(() =>
    Effect.gen(function* () {
      const last = sample(2001, { strata: { level: "3" } });
      const directory = yield* writeRun([...samples(2000), last]);
      const file = `${directory}/answers.parquet`;
      assert.is(yield* writeAnswers({ directory, format: "parquet", file }), 6003);
      const buffer = yield* Effect.promise(() => asyncBufferFromFile(file));
      const metadata = yield* Effect.promise(() => parquetMetadataAsync(buffer));
      assert.equal(metadata.row_groups.map(({ num_rows }) => Number(num_rows)), [3000, 3000, 3]);
      const rows = yield* Effect.promise(() => parquetReadObjects({ file: buffer }));
      assert.is(rows.filter(({ correct }) => !correct).length, 667 + 334);
      const strata = [rows[0], rows.at(-1)].map((
        row,
      ) => [row!["stratum_kind"], row!["stratum_level"]]);
      assert.equal(strata, [["distracting", null], [null, "3"]]);
    })
  ),
);

test(
  "export takes the format from the file's name, and names the formats where it is none",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const directory = yield* writeRun(samples(2));
      const made = yield* dpcHere("export", directory, "--out", `${directory}/a.csv`);
      assert.equal([made.code, made.output], [0, `6 answers: ${directory}/a.csv\n`]);
      assert.match(yield* fs.readFileString(`${directory}/a.csv`), /^id,prompt,draw,arm,correct,/);
      const { code, errors } = yield* dpcHere("export", directory, "--out", "a.cvs");
      assert.is(code, 1);
      assert.match(errors, /^Cannot find the format 'cvs' \(did you mean 'csv'\?\): .*parquet\n$/);
    })
  ),
);

test.run();
