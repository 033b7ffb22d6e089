/**
 * `dpc grade`: verdicts for answers that were made elsewhere.
 *
 * @module
 */
import { Args } from "@effect/cli";
import { Console, Effect, Stream } from "effect";
import { program } from "./cli/command.ts";
import * as Option from "./cli/options.ts";
import { Registry } from "../lib/registry/mod.ts";
import * as Task from "../lib/task/mod.ts";
import { Table } from "../lib/terminal/mod.ts";

/** The command. */
export const command = program({
  name: "grade",
  about:
    "Grades answers that were made elsewhere: lines of JSON with text and gold, with text and an id or question of --data, or a samples file of " +
    "lm-evaluation-harness.",
  examples: {
    "Answers with their golds": "npx dpc grade answers.jsonl --task gsm8k",
    "Golds from the dataset, a line of JSON for each answer":
      "npx dpc grade answers.jsonl --task math --data data/cache --json > verdicts.jsonl",
    "What lm-evaluation-harness wrote": "npx dpc grade samples_gsm8k_2025-01-31.jsonl --task gsm8k",
  },
  options: {
    file: Args.withDescription(
      Args.file({ name: "file", exists: "yes" }),
      "File with the answers",
    ),
    task: Option.text.required(Registry.help(Task.tasks)),
    extractor: Option.choice(Registry.names(Task.extractors))(
      "How answers are found and compared; the task's own way by default",
    ),
    data: Option.text("The dataset's file, or a folder that holds it, for answers without a gold"),
    split: Option.text("Which split to read when --data is a folder", "test"),
    json: Option.flag("Print a line of JSON for each answer, and a last one with the summary"),
  },
}, function* ({ file, task: name, extractor, data, split, json }) {
  const own = yield* Task.byName(name);
  const grader = extractor === undefined ? own : yield* Task.graderOf(extractor);
  const find = data === undefined ? undefined : yield* finder(own, { path: data, split });
  const counts = new Map<string, number>();
  const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  yield* Stream.runForEach(
    Task.gradeAnswers(grader, Task.externalAnswers(own, file, find)),
    (graded) => {
      add("n");
      add(graded.verdict);
      if (graded.strict) add("strict");
      return json ? Console.log(JSON.stringify(graded)) : Effect.void;
    },
  );
  const count = (key: string) => counts.get(key) ?? 0;
  const n = count("n");
  if (n === 0) return yield* new Task.AnswersError({ path: file, reason: "it has no answer" });
  const verdicts = Object.fromEntries(KINDS.map((kind) => [kind, count(kind)]));
  const accuracy = count("correct") / n;
  if (json) {
    const summary = { n, accuracy, strict: count("strict") / n, verdicts };
    return yield* Console.log(JSON.stringify({ summary }));
  }
  yield* Console.log(Table.render(
    ["answers", "accuracy", ...KINDS].map(Table.right),
    [[n, `${(100 * accuracy).toFixed(1)} %`, ...KINDS.map(count)]],
  ));
});

const KINDS = ["correct", "rounded", "wrong", "unparsed", "cut off"] as const;

/** The examples of a file by their ids and questions. */
function finder(task: Task.Task, file: Task.FileChoice) {
  const found = new Map<string, Task.Example>();
  return Task.examples(task, { ...file, skipBad: () => Effect.void }).pipe(
    Stream.runForEach((example) =>
      Effect.sync(() => {
        found.set(`id ${example.id}`, example);
        found.set(`question ${example.question.trim()}`, example);
      })
    ),
    Effect.as<Task.FindExample>(({ id, question }) =>
      (id === undefined ? undefined : found.get(`id ${id}`)) ??
        (question === undefined ? undefined : found.get(`question ${question.trim()}`))
    ),
  );
}
