/**
 * `dpc rescore`: scores the texts of a finished run again, by another extractor or against another file, without a model.
 *
 * @module
 */
import { Args, Command, Options } from "@effect/cli";
import { Effect, Option, Stream } from "effect";
import { about } from "./cli/about.ts";
import { showRun, usualTables } from "./cli/finished_run.ts";
import * as Output from "./cli/output.ts";
import { Registry } from "../lib/registry/mod.ts";
import { GradingConfiguration, readRunFile, rescore } from "../lib/run/mod.ts";
import { Table } from "../lib/terminal/mod.ts";
import {
  byName,
  DatasetError,
  type Example,
  examples,
  extractors,
  type FileChoice,
  graderOf,
  hashDataset,
  type Task,
} from "../lib/task/mod.ts";

const options = {
  directory: Args.directory({ name: "run" }).pipe(
    Args.withDescription("Directory of a finished run; it stays as it is"),
  ),
  to: Options.directory("to").pipe(
    Options.optional,
    Options.withDescription("Directory of the run that this makes; by default RUN-rescored"),
  ),
  extractor: Options.choice("extractor", Registry.names(extractors)).pipe(
    Options.optional,
    Options.withDescription("How answers are found and compared; the task's own way by default"),
  ),
  data: Options.text("data").pipe(
    Options.optional,
    Options.withDescription("File or folder with the examples' answers; the run's own by default"),
  ),
  json: Output.json,
  open: Output.open,
};

/** The command. */
export const command = Command.make(
  "rescore",
  options,
  (given) =>
    Effect.scoped(Effect.gen(function* () {
      const from = given.directory;
      const { config } = yield* readRunFile(from, GradingConfiguration);
      const own = yield* byName(config.task, config.jsonl ?? {});
      const grader = Option.isNone(given.extractor) ? own : yield* graderOf(given.extractor.value);
      const task = { ...own, extract: grader.extract, grade: grader.grade };
      const data = Option.getOrElse(given.data, () => config.data.path);
      const { split } = config.data;
      const file = { path: data, ...(split === undefined ? {} : { split }) };
      const found = yield* readExamples(own, file);
      const to = Option.getOrElse(given.to, () => `${from.replace(/\/+$/, "")}-rescored`);
      const { summary, changes, missing } = yield* rescore({
        from,
        to,
        task,
        examples: found,
        config: {
          ...config,
          rescored: {
            from,
            data,
            sha256: yield* hashDataset(own, file),
            extractor: Option.getOrNull(given.extractor),
          },
        },
        about: yield* about({}),
      }).pipe(Effect.catchTag("ExamplesMismatch", () =>
        new DatasetError({
          path: data,
          reason: `it has none of the questions of '${from}' (give a file that has by --data)`,
        })));
      const rows = Object.entries(changes).map(([arm, { right, wrong }]) => [arm, right, wrong]);
      const changed = Table.render([
        { title: "arm" },
        { title: "became right", align: "right" },
        { title: "became wrong", align: "right" },
      ], rows);
      const lost = missing === 0
        ? ""
        : `Samples that keep their gold, as '${data}' lacks their question or answers it in several ways: ${missing}`;
      const tables = [...usualTables(summary), changed, lost];
      yield* showRun({ directory: to, summary, tables }, given);
    })),
).pipe(Command.withDescription(Output.describe(
  "Scores the texts of a finished run again, without a model.",
  [
    ["Answers compared as formulas", "npx dpc rescore runs/a --extractor math"],
    [
      "Against a corrected file",
      "npx dpc rescore runs/a --data corrected.jsonl --to runs/a-corrected",
    ],
  ],
)));

/** The dataset by question. A multiple-choice question cannot be scored without its options, so its file must be there. */
function readExamples(task: Task, file: FileChoice & { readonly path: string }) {
  const byQuestion = new Map<string, Example[]>();
  return examples(task, { ...file, skipBad: () => Effect.void }).pipe(
    Stream.runForEach((example) =>
      Effect.sync(() => {
        const { question } = example;
        byQuestion.set(question, [...byQuestion.get(question) ?? [], example]);
      })
    ),
    Effect.as(byQuestion),
    Effect.mapError(({ reason }) =>
      new DatasetError({
        path: file.path,
        reason: `${reason} (give the run's dataset by --data)`,
      })
    ),
  );
}
