/**
 * The options that choose how questions are put, the same for evaluating and for tuning: a soft prompt works under the template it was tuned
 * with.
 *
 * @module
 */
import { Console, Effect } from "effect";
import { createHash } from "node:crypto";
import * as Option from "./options.ts";
import { Registry } from "../../lib/registry/mod.ts";
import {
  DATA_FILE,
  drawShots,
  type Example,
  type Task,
  tasks,
  Template,
  wordProblems,
} from "../../lib/task/mod.ts";

/** The template by default, where a task has it. */
const ZERO_SHOT = "zero-shot";

/** `--template`, `--shots` and `--shots-from`. */
export const templateOptions = {
  template: Option.text(
    `How questions are put, by default ${ZERO_SHOT}, the question alone: ${
      Object.entries(tasks.entries).map(([task, { templates }]) =>
        `${task} has ${templates.map(({ name }) => name).join(", ")}`
      ).join("; ")
    }`,
  ),
  shots: Option.atLeast(0)(
    "Worked examples before each question, drawn from --shots-from with --seed",
  ),
  shotsFrom: Option.text("File of the worked examples; by default the train split beside --data"),
};

/** Options of {@linkcode chooseTemplate}. */
export type TemplateChoice = Option.Given<typeof templateOptions> & {
  readonly data: string;
  readonly config?: string | undefined;
  readonly seed: number;
};

/** The folder with the train split: `data` itself, or of a file the train split's file beside it. */
function trainBeside({ files }: Task, data: string): string {
  const [extension = ""] = DATA_FILE.exec(data) ?? [];
  if (extension === "") return data;
  const train = (files.train ?? "train.jsonl").replace(/^.*\//, "");
  const name = /\.jsonl?$/.test(extension) ? train : `train${extension}`;
  return data.replace(/[^/\\]*$/, name);
}

/** The template asked for, with its worked examples drawn. */
export function chooseTemplate(task: Task, choice: TemplateChoice) {
  return Effect.gen(function* () {
    const { shots: count, shotsFrom, data, seed, config } = choice;
    const templates = Template.registryOf(task.templates);
    const template = choice.template === undefined
      ? templates.entries[ZERO_SHOT] ?? task.templates[0]
      : yield* Registry.find(templates, choice.template);
    if (count === undefined) return template;
    const path = shotsFrom ?? trainBeside(task, data);
    const ofConfig = shotsFrom === undefined ? Option.defined({ config }) : {};
    return Template.withShots(template, yield* drawShots(task, { count, seed, path, ...ofConfig }));
  });
}

/** The template that the embedded model has seen in training. */
const EMBEDDED_TEMPLATE = wordProblems.templates[0]!.name;

/** Says on stderr where the embedded model gets questions in another form than it knows, which costs it most of its accuracy. */
export const noticeTemplate = (model: string, template: string): Effect.Effect<void> =>
  model !== Option.EMBEDDED_MODEL || template === EMBEDDED_TEMPLATE ? Effect.void : Console.error(
    `${model} knows questions in the form of the template ${EMBEDDED_TEMPLATE}, and this run has ` +
      `${template}: expect fewer right answers (--template ${EMBEDDED_TEMPLATE})`,
  );

/** A question that shows how a template puts one. */
const PROBE: Example = {
  id: "probe",
  question: "How many are there?",
  gold: "1",
  options: ["1", "2"],
  strata: {},
};

/**
 * What run.json says of a template: its worked examples by id, as ids stay when a file is edited, and a hash of their text, of how it
 * puts a question, and of what it asks and stops at.
 */
export function describeTemplate(template: Template.Template) {
  const { name, shots, ask, stop, secondPass } = template;
  const text = JSON.stringify([
    Template.renderShots(template),
    ask(PROBE),
    stop,
    secondPass && [Template.cueOf(secondPass, PROBE), secondPass.maxNewTokens],
  ]);
  return {
    name,
    shots: shots.map(({ id }) => id),
    sha256: createHash("sha256").update(text).digest("hex"),
  };
}
