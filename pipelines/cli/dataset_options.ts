/**
 * The options that choose a task and which of its examples to read.
 *
 * @module
 */
import { Options } from "@effect/cli";
import { Console, Effect, Either, Option } from "effect";
import * as Shared from "./options.ts";
import { oneOf, Registry } from "../../lib/registry/mod.ts";
import {
  byName,
  type DatasetError,
  type ExamplesOptions,
  type Extractor,
  extractors,
  JSONL_DEFAULTS,
  type JsonlOptions,
} from "../../lib/task/mod.ts";

/** Where `dpc fetch` puts the public datasets. */
const CACHE = "data/cache";

const FIELDS = ["question", "answer", "id", "rationale", "options"] as const;

/** Fields of NAME=FIELD pairs. */
const namedFields = (pairs: readonly string[]) =>
  Effect.map(
    Effect.forEach(pairs, (pair) => {
      const [name = "", field = ""] = pair.split("=").map((part) => part.trim());
      return field === ""
        ? Shared.refuse(`--fields: '${pair}' is not of the form NAME=FIELD`)
        : oneOf("field", name, FIELDS).pipe(
          Either.match({
            onLeft: ({ message }) => Shared.refuse(`--fields: ${message}`),
            onRight: (known) => Effect.succeed([known, field] as const),
          }),
        );
    }),
    (named): JsonlOptions => Object.fromEntries(named),
  );

/** Task, file, and which of its rows. */
export const datasetOptions = {
  task: Shared.task,
  data: Shared.data,
  split: Shared.split,
  limit: Shared.limit,
  ids: Shared.list("ids").pipe(
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
  extractor: Options.choice("extractor", Registry.names(extractors)).pipe(
    Options.optional,
    Options.withDescription(
      `Task jsonl: how answers are found and compared, by default ${JSONL_DEFAULTS.extractor}: ${
        Registry.help(extractors)
      }`,
    ),
  ),
  fields: Shared.list("fields").pipe(
    Options.mapEffect(namedFields),
    Options.optional,
    Options.withDescription(
      `Task jsonl: which fields hold what, as ${FIELDS.map((name) => `${name}=FIELD`).join(",")}`,
    ),
  ),
  answerIndex: Options.choice("answer-index", ["0", "1"]).pipe(
    Options.map((text): 0 | 1 => text === "0" ? 0 : 1),
    Options.optional,
    Options.withDescription(
      "Task jsonl, extractor choice: answers are places in the list of options, counted from 0 or 1",
    ),
  ),
  strata: Shared.list("strata").pipe(
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
  readonly ids: Option.Option<readonly string[]>;
  /** Seed of the order. */
  readonly shuffle: Option.Option<number>;
  /** Whether rows that cannot be read are skipped. */
  readonly skipBad: boolean;
  /** Grader of task jsonl. */
  readonly extractor: Option.Option<Extractor>;
  /** Fields of task jsonl. */
  readonly fields: Option.Option<JsonlOptions>;
  /** From where answers that are places count, for task jsonl. */
  readonly answerIndex: Option.Option<0 | 1>;
  /** Strata of task jsonl. */
  readonly strata: Option.Option<readonly string[]>;
}

/** The options that a task depends on. */
export type TaskChoice = Pick<
  DatasetChoice,
  "task" | "extractor" | "fields" | "answerIndex" | "strata"
>;

/** The task, with its fields if it is jsonl. */
export const chooseTask = (given: TaskChoice) => byName(given.task, jsonlOptions(given));

/** What run.json says of task jsonl; nothing of other tasks. */
export const jsonlOptions = (
  { task, extractor, fields, answerIndex, strata }: TaskChoice,
): JsonlOptions =>
  task === "jsonl"
    ? { ...Option.getOrUndefined(fields), ...Shared.given({ extractor, answerIndex, strata }) }
    : {};

/** Which examples to read; as run.json has it. */
export function selectionOf(
  { task, data, split, limit, ids, shuffle }: DatasetChoice,
): ExamplesOptions & { readonly path: string } {
  return {
    path: task !== "word-problems" && data === Shared.EMBEDDED_DATA ? CACHE : data,
    split,
    ...Shared.given({ limit, shuffleSeed: shuffle, ids }),
  };
}

/**
 * With `--skip-bad`, what keeps the rows that cannot be read, by their line: they may be read several times.
 *
 * @returns the rows that are skipped so far, and the option for {@linkcode examples}
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
