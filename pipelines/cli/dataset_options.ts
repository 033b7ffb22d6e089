/**
 * The options that choose a task and which of its examples to read.
 *
 * @module
 */
import { Options } from "@effect/cli";
import { Console, Effect, Option } from "effect";
import * as Shared from "./options.ts";
import {
  byName,
  DatasetError,
  type ExamplesOptions,
  EXTRACTORS,
  type JsonlOptions,
} from "../../lib/task/mod.ts";

/** Where `npm run fetch-data` puts the public datasets. */
const CACHE = "data/cache";

/** Task, file, and which of its rows. */
export const datasetOptions = {
  task: Shared.task,
  data: Shared.data,
  split: Shared.split,
  limit: Shared.limit,
  ids: Options.text("ids").pipe(
    Options.optional,
    Options.withDescription("Read only these examples: ids separated by commas"),
  ),
  shuffle: Options.integer("shuffle").pipe(
    Options.optional,
    Options.withDescription("Shuffle the examples with this seed"),
  ),
  skipBad: Options.boolean("skip-bad").pipe(
    Options.withDescription(
      "Go on over rows that cannot be read; a run names each in skipped.json",
    ),
  ),
  extractor: Options.choice("extractor", EXTRACTORS).pipe(
    Options.optional,
    Options.withDescription("Task jsonl: how answers are found and compared; number by default"),
  ),
  fields: Options.text("fields").pipe(
    Options.optional,
    Options.withDescription(
      "Task jsonl: which fields hold what, as question=a.b,answer=c,id=d,rationale=e,options=f",
    ),
  ),
  strata: Options.text("strata").pipe(
    Options.optional,
    Options.withDescription("Task jsonl: fields to group results by, separated by commas"),
  ),
};

/** The values of {@linkcode datasetOptions}. */
export interface DatasetChoice {
  /** Name of the task. */
  readonly task: string;
  /** The dataset's file or folder. */
  readonly data: string;
  /** Split of a folder. */
  readonly split: string;
  /** Most examples. */
  readonly limit: Option.Option<number>;
  /** Ids of the examples. */
  readonly ids: Option.Option<string>;
  /** Seed of the order. */
  readonly shuffle: Option.Option<number>;
  /** Whether rows that cannot be read are skipped. */
  readonly skipBad: boolean;
  /** Grader of task jsonl. */
  readonly extractor: Option.Option<typeof EXTRACTORS[number]>;
  /** Fields of task jsonl. */
  readonly fields: Option.Option<string>;
  /** Strata of task jsonl. */
  readonly strata: Option.Option<string>;
}

/** The options that a task depends on. */
export type TaskChoice = Pick<DatasetChoice, "task" | "extractor" | "fields" | "strata">;

/** The task, with its fields if it is jsonl. */
export function chooseTask(given: TaskChoice) {
  return Effect.flatMap(jsonlOptions(given), (options) => byName(given.task, options));
}

/** What run.json says of task jsonl; nothing of other tasks. */
export function jsonlOptions(
  { task, extractor, fields, strata }: TaskChoice,
): Effect.Effect<JsonlOptions, DatasetError> {
  if (task !== "jsonl") return Effect.succeed({});
  const pairs = list(fields).map((pair) => pair.split("=").map((part) => part.trim()));
  const bad = pairs.find(([name = "", field]) => !FIELDS.includes(name) || !field);
  if (bad !== undefined) {
    const reason = `--fields has '${bad.join("=")}': give NAME=FIELD with NAME one of ${
      FIELDS.join(", ")
    }`;
    return new DatasetError({ path: "--fields", reason });
  }
  return Effect.succeed({
    ...Object.fromEntries(pairs),
    ...Shared.given({ extractor }),
    ...(Option.isSome(strata) ? { strata: list(strata) } : {}),
  });
}

const FIELDS: readonly string[] = ["question", "answer", "id", "rationale", "options"];

/** Which examples to read; as run.json has it. */
export function selectionOf(
  { task, data, split, limit, ids, shuffle }: DatasetChoice,
): ExamplesOptions & { readonly path: string } {
  return {
    path: task !== "word-problems" && data === Shared.EMBEDDED_DATA ? CACHE : data,
    split,
    ...Shared.given({ limit, shuffleSeed: shuffle }),
    ...(Option.isSome(ids) ? { ids: list(ids) } : {}),
  };
}

/**
 * With `--skip-bad`, what keeps the rows that cannot be read, by their line: they may be read several times.
 *
 * @returns the rows that are skipped so far, and what {@linkcode examples} is told
 */
export function skipping({ skipBad }: Pick<DatasetChoice, "skipBad">): {
  readonly skipped: ReadonlyMap<number | undefined, DatasetError>;
  readonly option: Pick<ExamplesOptions, "skipBad">;
} {
  const skipped = new Map<number | undefined, DatasetError>();
  const keep = (error: DatasetError) => Effect.sync(() => void skipped.set(error.line, error));
  return { skipped, option: skipBad ? { skipBad: keep } : {} };
}

/** Lines that are named. */
const NAMED = 10;

/** Says on stderr which rows were skipped, if any. */
export function noticeSkipped(
  path: string,
  skipped: ReadonlyMap<number | undefined, DatasetError>,
): Effect.Effect<void> {
  if (skipped.size === 0) return Effect.void;
  const lines = [...skipped.keys()].slice(0, NAMED).join(", ");
  const rest = skipped.size > NAMED ? ", ..." : "";
  return Console.error(`Skipped rows of '${path}' that cannot be read, on lines ${lines}${rest}`);
}

function list(text: Option.Option<string>): readonly string[] {
  const parts = Option.getOrElse(text, () => "").split(",");
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}
