/**
 * `dpc export`: the answers of a run as a table.
 *
 * @module
 */
import { Path } from "@effect/platform";
import { Console } from "effect";
import { program } from "./cli/command.ts";
import * as Option from "./cli/options.ts";
import { TABLE_FORMATS, writeAnswers } from "../lib/export/mod.ts";
import { oneOf } from "../lib/registry/mod.ts";

/** The command. */
export const command = program({
  name: "export",
  about: "Writes a run's answers as a table, one row an answer, for pandas, R or a spreadsheet.",
  examples: {
    "For pandas or R": "npx dpc export runs/a --out answers.parquet",
    "For a spreadsheet": "npx dpc export runs/a --format csv --out answers.csv",
  },
  options: {
    directory: Option.runDirectory("Run directory; it need not be finished"),
    out: Option.text.required("File to write"),
    format: Option.choice(TABLE_FORMATS)("Format; by default how FILE's name ends"),
  },
}, function* ({ directory, out: file, format }) {
  const path = yield* Path.Path;
  const chosen = format ?? (yield* oneOf("format", path.extname(file).slice(1), TABLE_FORMATS));
  const rows = yield* writeAnswers({ directory, format: chosen, file });
  yield* Console.log(`${rows} answers: ${file}`);
});
