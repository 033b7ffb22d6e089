/**
 * The options that choose how questions are put. Those of templates are the same for evaluating and for tuning, as a soft prompt works under
 * the template it was tuned with; those of a chat are for evaluating.
 *
 * @module
 */
import { Console, Data, Effect, Either, Record, Struct } from "effect";
import { createHash } from "node:crypto";
import { basename } from "node:path";
import * as Option from "./options.ts";
import { Registry } from "../../lib/registry/mod.ts";
import type { RunConfiguration } from "../../lib/run/mod.ts";
import { readBytes } from "../../lib/schema/files.ts";
import { parseJson } from "../../lib/schema/mod.ts";
import {
  ChatError,
  type ChatOptions,
  type ChatTemplate,
  DATA_FILE,
  drawShots,
  type Example,
  fromJinja,
  inChat,
  type Task,
  tasks,
  Template,
  wordProblems,
} from "../../lib/task/mod.ts";

/** The template by default, where a task has it. */
const ZERO_SHOT = "zero-shot";

/** `--template`, `--shots` and `--shots-from`. */
export const templateOptions = Option.grouped("Asking", {
  template: Option.text(
    `How questions are put: by default ${ZERO_SHOT}, the question alone. ${
      Object.entries(tasks.entries).map(([task, { templates }]) =>
        `${task} has ${templates.map(({ name }) => name).join(", ")}`
      ).join("; ")
    }`,
  ),
  templateFile: Option.file(
    "Jinja file that writes the prompt instead: from question, options and shots, each of these with question, options, rationale, answer and solution",
  ),
  shots: Option.atLeast(0)(
    "Worked examples before each question: drawn from --shots-from with --seed",
  ),
  shotsFrom: Option.text("File of the worked examples; by default the train split beside --data"),
}, ["templateFile", "shots", "shotsFrom"]);

/** Options of {@linkcode chooseTemplate}. */
export type TemplateChoice = Omit<Option.Given<typeof templateOptions>, "templateFile"> & {
  readonly templateFile?: string | undefined;
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
    const template = choice.templateFile !== undefined
      ? yield* ownTemplate(task, { ...choice, file: choice.templateFile })
      : choice.template === undefined
      ? templates.entries[ZERO_SHOT] ?? task.templates[0]
      : yield* Registry.find(templates, choice.template);
    if (count === undefined) return template;
    const path = shotsFrom ?? trainBeside(task, data);
    const ofConfig = shotsFrom === undefined ? Option.defined({ config }) : {};
    return Template.withShots(template, yield* drawShots(task, { count, seed, path, ...ofConfig }));
  });
}

/** The template of a file; worked solutions and what ends an answer are those of the template chosen by name, or of the default. */
function ownTemplate(
  task: Task,
  { file, template }: { readonly file: string; readonly template: string | undefined },
) {
  return Effect.gen(function* () {
    const templates = Template.registryOf(task.templates);
    const base = template === undefined
      ? task.templates[0]
      : yield* Registry.find(templates, template);
    const source = new TextDecoder().decode(yield* readBytes(file));
    return yield* fromJinja(source, { name: basename(file), base });
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
  const { name, shots, ask, stop, secondPass, own } = template;
  const text = JSON.stringify([
    Template.renderShots(template),
    ask(PROBE),
    stop,
    secondPass && [Template.cueOf(secondPass, PROBE), secondPass.maxNewTokens],
    ...(own === undefined ? [] : [own.source]),
  ]);
  return {
    name,
    shots: shots.map(({ id }) => id),
    sha256: createHash("sha256").update(text).digest("hex"),
  };
}

/** `--chat`, `--system`, `--shots-as-turns` and `--chat-args`. */
export const chatOptions = Option.grouped("Asking", {
  chat: Option.flag("Put each prompt into the checkpoint's chat template"),
  system: Option.text("Text of the system's turn, with --chat"),
  shotsAsTurns: Option.flag(
    "Worked examples as turns, with --chat: a turn of the user and one of the assistant for each worked example, rather than all in the user's only turn",
  ),
  chatArgs: Option.pairs(
    "What else the chat template is told, with --chat: as NAME=VALUE with values as JSON has them, such as enable_thinking=false",
    {},
  ),
}, ["system", "shotsAsTurns", "chatArgs"]);

/** The values of {@linkcode chatOptions}. */
export type ChatChoice = Option.Given<typeof chatOptions>;

/** Prompts as they are. */
export const NO_CHAT: ChatChoice = {
  chat: false,
  system: undefined,
  shotsAsTurns: false,
  chatArgs: {},
};

const OPTION_NAMES = {
  system: "--system",
  shotsAsTurns: "--shots-as-turns",
  arguments: "--chat-args",
} satisfies { readonly [K in keyof ChatOptions]-?: string };

/** Options of a chat where there is none. */
export class NeedsChat
  extends Data.TaggedError("NeedsChat")<{ readonly options: readonly string[] }> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot use ${this.options.join(" and ")} without --chat`;
  }
}

/** A value as JSON has it, or else a text. */
const valueOf = (text: string): unknown =>
  Either.getOrElse(parseJson(new TextEncoder().encode(text)), () => text);

const optionsOf = ({ system, shotsAsTurns, chatArgs }: ChatChoice): ChatOptions => ({
  ...Option.defined({ system }),
  ...(shotsAsTurns ? { shotsAsTurns } : {}),
  ...(Record.isEmptyRecord(chatArgs) ? {} : { arguments: Record.map(chatArgs, valueOf) }),
});

/** What run.json says of the chat. */
export function describeChat(choice: ChatChoice): Pick<RunConfiguration, "chat" | "chatOptions"> {
  const chatOptions = optionsOf(choice);
  return { chat: choice.chat, ...(Object.keys(chatOptions).length === 0 ? {} : { chatOptions }) };
}

/** What puts a prompt into the chat asked for; undefined where none is. */
export function chooseChat(
  template: ChatTemplate | undefined,
  choice: ChatChoice & { readonly model: string },
) {
  return Effect.gen(function* () {
    const options = optionsOf(choice);
    if (!choice.chat) {
      const given = Struct.keys(OPTION_NAMES).filter((name) => name in options);
      if (given.length === 0) return undefined;
      return yield* new NeedsChat({ options: given.map((name) => OPTION_NAMES[name]) });
    }
    if (template === undefined) {
      return yield* new ChatError({ reason: `'${choice.model}' has none` });
    }
    return yield* inChat(template, options);
  });
}
