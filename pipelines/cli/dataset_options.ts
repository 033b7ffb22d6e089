/**
 * The options that choose a task and which of its examples to read.
 *
 * @module
 */
import { Console, Effect } from "effect";
import * as Option from "./options.ts";
import { oneOf, Registry } from "../../lib/registry/mod.ts";
import {
  byName,
  type DatasetError,
  extractors,
  JSONL_DEFAULTS,
  type JsonlOptions,
  tasks,
} from "../../lib/task/mod.ts";

/** The dataset that comes with the project. */
const EMBEDDED_DATA = "data/benchmark";

/** Where `dpc fetch` puts the public datasets. */
const CACHE = "data/cache";

const FIELDS = ["question", "answer", "id", "rationale", "options"] as const;

/** A field of NAME=FIELD. */
function namedField(pair: string) {
  const [name = "", field = ""] = pair.split("=").map((part) => part.trim());
  return field === ""
    ? Effect.fail(`'${pair}' is not of the form NAME=FIELD`)
    : Effect.mapBoth(oneOf("field", name, FIELDS), {
      onFailure: ({ message }) => message,
      onSuccess: (known) => [known, field] as const,
    });
}

/** Task, file, and which of its rows. */
export const datasetOptions = Option.grouped("Data", {
  task: Option.text(`Format and grading: ${Registry.help(tasks)}`, "word-problems"),
  data: Option.text(
    "File, folder, or org/name of a cached dataset: jsonl, json, csv, tsv or parquet, each also as .gz; a folder that holds it; or org/name in the Hugging Face cache; data/cache for the public datasets",
    EMBEDDED_DATA,
  ),
  split: Option.text("Split to read where --data is a folder", "test"),
  config: Option.text("Configuration of a dataset of the Hub: where it has several"),
  limit: Option.count("Read at most this many examples"),
  ids: Option.list("Read only the examples with these ids"),
  excludeIds: Option.list("Leave out the examples with these ids"),
  shuffle: Option.integer("Shuffle the examples with this seed"),
  skipBad: Option.flag("Go on over rows that cannot be read; a run names each in skipped.json"),
  extractor: Option.choice(Registry.names(extractors))(
    `How answers of task jsonl are found: and compared, by default ${JSONL_DEFAULTS.extractor}: ${
      Registry.help(extractors)
    }`,
  ),
  fields: Option.listOf(namedField, (named): JsonlOptions => Object.fromEntries(named))(
    `Fields of task jsonl: which hold what, as ${
      FIELDS.map((name) => `${name}=FIELD`).join(",")
    }; a FIELD may be nested, as a.b[0]`,
  ),
  answerIndex: Option.choice([0, 1])(
    "Answers of task jsonl are places in the options: counted from 0 or 1, with the extractor choice",
  ),
  strata: Option.list("Fields of task jsonl to group results by"),
}, ["config", "ids", "excludeIds", "skipBad", "extractor", "answerIndex", "strata"]);

/** The values of {@linkcode datasetOptions}. */
export type DatasetChoice = Option.Given<typeof datasetOptions>;

/** What run.json says of task jsonl; nothing of other tasks. */
export const jsonlOptions = (
  { task, extractor, fields, answerIndex, strata }: DatasetChoice,
): JsonlOptions =>
  task === "jsonl" ? { ...fields, ...Option.defined({ extractor, answerIndex, strata }) } : {};

/** The task, which examples of it to read (as run.json has it), and with `--skip-bad` the rows that cannot be read, by their line. */
export function chooseData(args: DatasetChoice) {
  const { task, data, split, config, limit, ids, excludeIds, shuffle, skipBad } = args;
  const selection = {
    path: task !== "word-problems" && data === EMBEDDED_DATA ? CACHE : data,
    split,
    ...Option.defined({ config, limit, shuffleSeed: shuffle, ids, excludeIds }),
  };
  // they may be read several times
  const skipped = new Map<string, DatasetError>();
  const keep = (error: DatasetError) =>
    Effect.sync(() => void skipped.set(`${error.path}\n${error.line}`, error));
  const rows = { ...selection, ...(skipBad ? { skipBad: keep } : {}) };
  return Effect.map(
    byName(task, jsonlOptions(args)),
    (task) => ({ task, selection, rows, skipped }),
  );
}

/** Lines that are named. */
const NAMED = 10;

/** Says on stderr which rows were skipped, if any. */
export function noticeSkipped(
  path: string,
  skipped: ReadonlyMap<string, DatasetError>,
): Effect.Effect<void> {
  if (skipped.size === 0) return Effect.void;
  const lines = [...skipped.values()].slice(0, NAMED).map(({ line }) => line).join(", ");
  const rest = skipped.size > NAMED ? ", ..." : "";
  return Console.error(`Skipped rows of '${path}' that cannot be read, on lines ${lines}${rest}`);
}
