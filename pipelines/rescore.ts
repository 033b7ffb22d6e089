/**
 * `dpc rescore`: scores the texts of a finished run again, by another extractor or against another file, without a model.
 *
 * @module
 */
import { Effect, Stream } from "effect";
import { about } from "./cli/about.ts";
import { program } from "./cli/command.ts";
import { json, open, showRun, usualTables } from "./cli/finished_run.ts";
import * as Option from "./cli/options.ts";
import { Registry } from "../lib/registry/mod.ts";
import { GradingConfiguration, readRunFile, rescore } from "../lib/run/mod.ts";
import { Table } from "../lib/terminal/mod.ts";
import * as Task from "../lib/task/mod.ts";

/** The command. */
export const command = program({
  name: "rescore",
  about: "Scores the texts of a finished run again, without a model.",
  examples: {
    "Answers compared as formulas": "npx dpc rescore runs/a --extractor math",
    "Against a corrected file":
      "npx dpc rescore runs/a --data corrected.jsonl --to runs/a-corrected",
  },
  options: {
    directory: Option.runDirectory("Directory of a finished run; it stays as it is"),
    to: Option.directory("Directory of the run that this makes; by default RUN-rescored"),
    extractor: Option.choice(Registry.names(Task.extractors))(
      "How answers are found and compared; the task's own way by default",
    ),
    data: Option.text("File or folder with the examples' answers; the run's own by default"),
    json,
    open,
  },
}, function* ({ directory: from, extractor = null, ...args }) {
  const { config } = yield* readRunFile(from, GradingConfiguration);
  const own = yield* Task.byName(config.task, config.jsonl ?? {});
  const { extract, grade } = extractor === null ? own : yield* Task.graderOf(extractor);
  const { data = config.data.path, to = `${from.replace(/\/+$/, "")}-rescored` } = args;
  const file = {
    path: data,
    ...Option.defined({ split: config.data.split, config: config.data.config }),
  };
  const examples = yield* readExamples(own, file);
  const sha256 = yield* Task.hashDataset(own, file);
  const { summary, changes, missing } = yield* rescore({
    from,
    to,
    task: { ...own, extract, grade },
    examples,
    config: { ...config, rescored: { from, data, sha256, extractor } },
    about: yield* about({}),
  }).pipe(Effect.catchTag("ExamplesMismatch", () =>
    new Task.DatasetError({
      path: data,
      reason: `it has none of the questions of '${from}' (give a file that has by --data)`,
    })));
  const changed = Table.render(
    ["arm", ...["became right", "became wrong"].map(Table.right)],
    Object.entries(changes).map(([arm, { right, wrong }]) => [arm, right, wrong]),
  );
  const lost = missing === 0
    ? ""
    : `Samples that keep their gold, as '${data}' lacks their question or answers it in several ways: ${missing}`;
  const tables = [...usualTables(summary), changed, lost];
  yield* showRun({ directory: to, summary, tables }, args);
});

/** The dataset by question. A multiple-choice question cannot be scored without its options, so its file must be there. */
function readExamples(task: Task.Task, file: Task.FileChoice & { readonly path: string }) {
  const byQuestion = new Map<string, Task.Example[]>();
  return Task.examples(task, { ...file, skipBad: () => Effect.void }).pipe(
    Stream.runForEach((example) =>
      Effect.sync(() => {
        const { question } = example;
        byQuestion.set(question, [...byQuestion.get(question) ?? [], example]);
      })
    ),
    Effect.as(byQuestion),
    Effect.mapError(({ reason }) =>
      new Task.DatasetError({
        path: file.path,
        reason: `${reason} (give the run's dataset by --data)`,
      })
    ),
  );
}
