/**
 * `npm run reproduce`: the paper's study from checkpoints to its tables. Prompts are tuned, calibrated on held-out rows and evaluated, set by
 * set. The same command continues where it stopped.
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { FileSystem, Path } from "@effect/platform";
import { Console, Effect, HashMap, Option, Stream } from "effect";
import { totalmem } from "node:os";
import { calibratePrompt } from "./calibration.ts";
import { type EvaluationGiven, evaluationOptions, namedArms, runArms } from "./evaluation.ts";
import * as Shared from "./options.ts";
import { main } from "./program.ts";
import { checkMemory, planTable, StudyError, timeWork } from "./reproduce_cost.ts";
import { chooseRows, trainingFile } from "./reproduce_rows.ts";
import { fewShotRun, studyTables } from "./reproduce_tables.ts";
import { chooseTemplate } from "./template_option.ts";
import { firstVectors, tunePrompt, tuningOptions } from "./tuning.ts";
import { ARM_NAMES, Model, openModel, Progress } from "../lib/eval/mod.ts";
import { Checkpoint } from "../lib/model/mod.ts";
import { loadCalibration, loadPrompt } from "../lib/prompt/mod.ts";
import { byName as taskByName, examples, type Task, type Template } from "../lib/task/mod.ts";

/** The paper's models, as folders that hold their checkpoints. */
const PAPER_MODELS = ["models/LLaMA3-8B", "models/LLaMA2-13B", "models/Mistral-7B"];

const {
  model: _model,
  prompt: _prompt,
  promptSeeds: _seeds,
  task: _task,
  split: _split,
  run: _run,
  ...shared
} = evaluationOptions;

const options = {
  ...shared,
  ...tuningOptions,
  models: Options.directory("model").pipe(
    Options.repeated,
    Options.withDescription(
      `Checkpoint; may be given several times. By default the paper's: ${PAPER_MODELS.join(", ")}`,
    ),
  ),
  tasks: Options.text("tasks").pipe(
    Options.withDefault("gsm8k,math,aqua"),
    Options.withDescription("Sets, separated by commas; the paper's by default"),
  ),
  data: Options.text("data").pipe(
    Options.withDefault("data/cache"),
    Options.withDescription("The folder with all data, as `npm run fetch-data` fills it"),
  ),
  train: Options.keyValueMap("train").pipe(
    Options.withDefault(HashMap.empty<string, string>()),
    Options.withDescription("File of a task's worked solutions: --train math=FILE"),
  ),
  tuneOn: Options.text("tune-on").pipe(
    Options.optional,
    Options.withDescription(
      "Tune on this task's training rows alone and use the prompts for all sets; by default each set has its own",
    ),
  ),
  tuneExamples: Options.integer("tune-examples").pipe(
    Options.withDefault(4000),
    Options.withDescription("Tune on at most so many rows"),
  ),
  calibrateExamples: Options.integer("calibrate-examples").pipe(
    Options.withDefault(100),
    Options.withDescription("Held-out rows for beta and the thresholds"),
  ),
  mostTokens: Options.integer("most-tokens").pipe(
    Options.withDefault(512),
    Options.withDescription("Tune and calibrate on rows of at most so many tokens"),
  ),
  seeds: Options.text("seeds").pipe(
    Options.withDefault("0,1,2"),
    Options.withDescription("Prompt seeds, separated by commas"),
  ),
  arms: Options.text("arms").pipe(
    Options.withDefault("base,pt,random,untriggered,dpc:affectedRatio,dpc"),
    Options.withDescription(`Arms, separated by commas: ${Object.keys(ARM_NAMES).join(", ")}`),
  ),
  gamma: Options.float("gamma").pipe(Options.withDefault(0.1)),
  out: Options.directory("out").pipe(Options.withDefault("runs/reproduce")),
  memory: Options.float("memory").pipe(
    Options.withDefault(totalmem() / 2 ** 30),
    Options.withDescription("Gigabytes that a model may take; this machine's by default"),
  ),
  plan: Options.boolean("plan").pipe(Options.withDescription("Say what it will cost, and stop")),
  tables: Options.boolean("tables").pipe(
    Options.withDescription("Only make the tables again from the runs in --out"),
  ),
};

type Given = Command.Command.ParseConfig<typeof options>;

/** A set of the study: what is asked, and the task whose training rows its prompts are tuned on. */
interface StudySet {
  readonly task: Task;
  readonly source: Task;
}

const list = (text: string): readonly string[] => text.split(",").map((part) => part.trim());

/** Every checkpoint of the study, opened to read its sizes and checked to fit. */
function openAll(given: Given) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const directories = given.models.length > 0 ? given.models : PAPER_MODELS;
    const missing = yield* Effect.filter(
      directories,
      (directory) =>
        Effect.map(Effect.orElseSucceed(fs.exists(directory), () => false), (is) => !is),
    );
    if (missing.length > 0) {
      const reason = `Cannot find the checkpoints ${
        missing.join(", ")
      }: put the paper's models there, or give --model DIR`;
      return yield* new StudyError({ reason });
    }
    return yield* Effect.forEach(directories, (directory) =>
      Effect.gen(function* () {
        const checkpoint = yield* Checkpoint.open(directory);
        const memory = yield* checkMemory(checkpoint, given, given.memory * 2 ** 30);
        return { directory, memory };
      }));
  });
}

/** Where a study keeps a prompt. */
const promptDirectory = (out: string, source: Task, seed: number): string =>
  `${out}/prompts/${source.name}/seed${seed}`;

/** Says what the study of a model will cost; then, unless that was all, tunes and calibrates its prompts. */
function makePrompts(
  given: Given,
  { directory, memory }: Effect.Effect.Success<ReturnType<typeof openAll>>[number],
  sets: readonly StudySet[],
  out: string,
) {
  return Effect.gen(function* () {
    const { gamma, seed } = given;
    const maxNewTokens = Shared.given({ maxNewTokens: given.maxNewTokens });
    const seeds = list(given.seeds).map(Number);
    const model = yield* Model;
    const sources = yield* Effect.forEach(
      new Set(sets.map(({ source }) => source)),
      (task) =>
        Effect.gen(function* () {
          const template = yield* chooseTemplate(task, given);
          return { task, template, rows: yield* chooseRows(model, task, template, given) };
        }),
    );
    const tests = yield* Effect.forEach(
      sets,
      ({ task }) => Stream.runCount(examples(task, testRows(given))),
    );
    const [first] = sources;
    const times = yield* timeWork({
      ...first!,
      ...maxNewTokens,
      gamma,
      vectors: yield* firstVectors({ ...given, model: directory, out, seed }),
    });
    const size = { ...given, seeds: seeds.length, answers: answersOf(list(given.arms)), tests };
    yield* Console.log(planTable(size, { memory, times, rows: sources.map(({ rows }) => rows) }));
    if (given.plan) return;
    for (const { task, template, rows } of sources) {
      for (const promptSeed of seeds) {
        const prompt = promptDirectory(out, task, promptSeed);
        yield* tunePrompt({
          ...given,
          model: directory,
          out: prompt,
          seed: promptSeed,
          config: tuningConfig(given, task, template, model.fingerprint, promptSeed),
        }, rows.tuning);
        const vectors = yield* loadPrompt(prompt, model.config.hiddenSize);
        if ((yield* loadCalibration(prompt, vectors))?.rows === rows.dev.length) continue;
        yield* calibratePrompt({
          directory: prompt,
          task,
          examples: Stream.fromIterable(rows.dev),
          split: "held out of training",
          tokenize: { template, ...maxNewTokens },
          gamma,
        });
      }
    }
  });
}

/** What makes a tuned prompt this prompt. */
function tuningConfig(
  given: Given,
  task: Task,
  template: Template.Template,
  model: string,
  seed: number,
) {
  const { virtualTokens, init, initText, steps, batch, lr, warmup, weightDecay, clip, calculator } =
    given;
  const { mostTokens, tuneExamples, calibrateExamples } = given;
  return {
    ...{ virtualTokens, init, initText, steps, batch, lr, warmup, weightDecay, clip, calculator },
    ...{ mostTokens, tuneExamples, calibrateExamples, rowSeed: given.seed },
    ...{ task: task.name, template: template.name, model, seed },
  };
}

/** The rows that are tested on: a part is drawn by the seed. */
const testRows = ({ data, seed, limit }: Given) => ({
  path: data,
  split: "test",
  shuffleSeed: seed,
  ...Shared.given({ limit }),
});

/** Answers that arms do not share: those of DPC are pt's or untriggered's. */
const answersOf = (arms: readonly string[]): number =>
  new Set(arms.map((name) => name.startsWith("dpc") ? "untriggered" : name)).size;

/** The template that the model alone is given worked examples in: eight of the set's own training rows, or else this project's four. */
const FEW_SHOT = "few-shot-cot";

/** Evaluates a set: the arms under all prompts, and the model alone after worked examples where the task has such a template. */
function evaluateSet(given: Given, directory: string, { task, source }: StudySet, out: string) {
  const { gamma, seed } = given;
  const test = {
    ...given,
    model: directory,
    promptSeeds: "0",
    task: task.name,
    split: "test",
    shuffle: Option.some(seed),
  };
  const run = (
    name: string,
    arms: string,
    more: Pick<EvaluationGiven, "prompt" | "template" | "shots" | "shotsFrom">,
  ) =>
    runArms(
      { ...test, ...more, run: Option.some(`${out}/${name}`) },
      namedArms(arms, { gamma, seed }),
    );
  return Effect.gen(function* () {
    if (task.templates.some(({ name }) => name === FEW_SHOT)) {
      const shots = source === task
        ? { shots: Option.some(8), shotsFrom: Option.some(yield* trainingFile(task, given)) }
        : { shots: Option.none(), shotsFrom: Option.none() };
      yield* run(fewShotRun(task.name), "base", {
        prompt: [],
        template: Option.some(FEW_SHOT),
        ...shots,
      });
    }
    const prompt = list(given.seeds).map((each) => promptDirectory(out, source, Number(each)));
    yield* run(task.name, given.arms, { ...given, prompt });
  });
}

/** Everything of one model, and its tables. */
function reproduceModel(
  given: Given,
  opened: Effect.Effect.Success<ReturnType<typeof openAll>>[number],
) {
  return Effect.scoped(Effect.gen(function* () {
    const { directory } = opened;
    const path = yield* Path.Path;
    const fs = yield* FileSystem.FileSystem;
    const out = path.join(given.out, path.basename(path.resolve(directory)));
    const common = Option.isSome(given.tuneOn) ? yield* taskByName(given.tuneOn.value) : undefined;
    const sets = yield* Effect.forEach(
      list(given.tasks),
      (name) =>
        name === common?.name
          ? Effect.succeed({ task: common, source: common })
          : Effect.map(taskByName(name), (task) => ({ task, source: common ?? task })),
    );
    if (!given.tables) {
      yield* Console.log(`\n${directory}\n`);
      yield* Effect.scoped(Effect.flatMap(
        openModel({
          directory,
          ...Shared.given({ workers: given.workers, threads: given.threads, slots: given.slots }),
        }),
        (model) => Effect.provideService(makePrompts(given, opened, sets, out), Model, model),
      ));
      if (given.plan) return;
      yield* Effect.forEach(sets, (set) => evaluateSet(given, directory, set, out));
    }
    const tables = yield* studyTables(out, sets.map(({ task }) => task.name));
    yield* fs.writeFileString(path.join(out, "tables.md"), tables);
    yield* Console.log(`\n${directory}\n\n${tables}`);
  })).pipe(Effect.provide(Progress.layer({ quiet: given.quiet })));
}

const reproduceCommand = Command.make(
  "reproduce",
  options,
  (given) =>
    Effect.flatMap(
      openAll(given),
      (all) => Effect.forEach(all, (opened) => reproduceModel(given, opened), { discard: true }),
    ),
)
  .pipe(Command.withDescription(
    "Tunes prompts, calibrates them on held-out rows and evaluates the paper's arms, model by model and set by set, and prints the paper's " +
      "tables. What is not said in the paper is an option. The same command continues where it stopped.",
  ));

main(Command.run(reproduceCommand, { name: "npm run reproduce --", version: "0.1.0" }));
