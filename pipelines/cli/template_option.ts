/**
 * The options that choose how questions are put, the same for evaluating and for tuning: a soft prompt works under the template it was tuned
 * with.
 *
 * @module
 */
import { Options } from "@effect/cli";
import { Effect, Option } from "effect";
import { createHash } from "node:crypto";
import * as Shared from "./options.ts";
import { Registry } from "../../lib/registry/mod.ts";
import { drawShots, type Task, tasks, Template } from "../../lib/task/mod.ts";

/** The template by default, where a task has it. */
const ZERO_SHOT = "zero-shot";

/** `--template`, `--shots` and `--shots-from`. */
export const templateOptions = {
  template: Options.text("template").pipe(
    Options.optional,
    Options.withDescription(
      `How questions are put, by default ${ZERO_SHOT}, the question alone: ${
        Object.entries(tasks.entries).map(([task, { templates }]) =>
          `${task} has ${templates.map(({ name }) => name).join(", ")}`
        ).join("; ")
      }`,
    ),
  ),
  shots: Shared.count("shots", 0).pipe(
    Options.optional,
    Options.withDescription(
      "Worked examples before each question, drawn from --shots-from with --seed",
    ),
  ),
  shotsFrom: Options.text("shots-from").pipe(
    Options.optional,
    Options.withDescription(
      "File of the worked examples; by default the train split beside --data",
    ),
  ),
};

/** Options of {@linkcode chooseTemplate}. */
export interface TemplateChoice {
  readonly template: Option.Option<string>;
  readonly shots: Option.Option<number>;
  readonly shotsFrom: Option.Option<string>;
  readonly data: string;
  readonly seed: number;
}

/** The folder with the train split: `data` itself, or of a file the train split's file beside it. */
function trainBeside({ files }: Task, data: string): string {
  const train = (files.train ?? "train.jsonl").replace(/^.*\//, "");
  return /\.jsonl?$/.test(data) ? data.replace(/[^/\\]*$/, train) : data;
}

/** The template asked for, with its worked examples drawn. */
export function chooseTemplate(task: Task, choice: TemplateChoice) {
  return Effect.gen(function* () {
    const templates = Template.registryOf(task.templates);
    const standard = templates.entries[ZERO_SHOT] ?? task.templates[0];
    const template = Option.isNone(choice.template)
      ? standard
      : yield* Registry.find(templates, choice.template.value);
    if (Option.isNone(choice.shots)) return template;
    const shots = yield* drawShots(task, {
      count: choice.shots.value,
      seed: choice.seed,
      path: Option.getOrElse(choice.shotsFrom, () => trainBeside(task, choice.data)),
    });
    return Template.withShots(template, shots);
  });
}

/** What run.json says of a template: its worked examples by id, and a hash of their text, as ids stay when a file is edited. */
export function describeTemplate(template: Template.Template) {
  const { name, shots } = template;
  const text = Template.renderShots(template);
  return {
    name,
    shots: shots.map(({ id }) => id),
    ...(shots.length === 0 ? {} : { sha256: createHash("sha256").update(text).digest("hex") }),
  };
}
