/**
 * `dpc reproduce`: the paper's study from checkpoints to its tables. Prompts are tuned, calibrated on held-out rows and evaluated, set by
 * set. The same command continues where it stopped.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Console, Effect, Stream } from "effect";
import { namedArms } from "../cli/arm_choice.ts";
import { program } from "../cli/command.ts";
import * as Option from "../cli/options.ts";
import { continues } from "../cli/program.ts";
import { type EvaluationGiven, runArms } from "../cli/run_arms.ts";
import { chooseTemplate, NO_CHAT } from "../cli/template_option.ts";
import { firstVectors } from "../cli/tune_prompt.ts";
import { checkMemory, type MemoryNeeds, needsLine, planTable, timeWork } from "./cost.ts";
import { type Given, headRows, options, PAPER_MODELS } from "./options.ts";
import { makePrompts, promptDirectory, type Source } from "./prompts.ts";
import { checkTraining, chooseRows, StudyError, trainingFile } from "./rows.ts";
import { fewShotRun, studyTables } from "./tables.ts";
import { candidateHeads } from "../../lib/arm/mod.ts";
import { Model, openModel } from "../../lib/stage/mod.ts";
import { Progress } from "../../lib/terminal/mod.ts";
import { Checkpoint } from "../../lib/model/mod.ts";
import { byName as taskByName, examples, type Task } from "../../lib/task/mod.ts";

/** A set of the study: what is asked, and the task whose training rows its prompts are tuned on. */
interface StudySet {
  readonly task: Task;
  readonly source: Task;
}

/** The models; the paper's must all be there, and of others their opening says what is wrong. */
function present(given: Given, directories: readonly string[]) {
  return Effect.gen(function* () {
    if (given.models.length > 0) return directories;
    const fs = yield* FileSystem.FileSystem;
    const isThere = (directory: string) => Effect.orElseSucceed(fs.exists(directory), () => false);
    const missing = yield* Effect.filter(directories, isThere, { negate: true });
    if (missing.length === 0) return directories;
    const message = `Cannot find the checkpoints ${missing.join(", ")}: ` +
      "put the paper's models there, or give --model DIR";
    return yield* new StudyError({ message });
  });
}

/** Reads a checkpoint's sizes and checks that it fits. */
const open = (given: Given, directory: string) =>
  Effect.gen(function* () {
    const checkpoint = yield* Checkpoint.open(directory);
    return { directory, memory: yield* checkMemory(checkpoint, given, given.memory * 2 ** 30) };
  });

const sourcesOf = (sets: readonly StudySet[]): ReadonlySet<Task> =>
  new Set(sets.map(({ source }) => source));

const drawSources = (given: Given, sets: readonly StudySet[]) =>
  Effect.forEach(sourcesOf(sets), (task) =>
    Effect.gen(function* () {
      const template = yield* chooseTemplate(task, given);
      const rows = yield* chooseRows(yield* Model, task, template, given);
      return { task, template, rows } satisfies Source;
    }));

/** Says how long the study of a model will take, by doing a little of it. */
function printPlan(
  given: Given,
  model: string,
  sets: readonly StudySet[],
  sources: readonly Source[],
) {
  return Effect.gen(function* () {
    const { config } = yield* Model;
    const tests = yield* Effect.forEach(
      sets,
      ({ task }) =>
        Effect.map(Stream.runCount(examples(task, testRows(given))), (count) => ({
          examples: count,
          maxNewTokens: given.maxNewTokens ?? task.maxNewTokens,
          fewShot: hasFewShot(task),
        })),
    );
    const vectors = yield* firstVectors({ ...given, model });
    const times = yield* timeWork(sources[0]!, vectors, given);
    const { act = 0, actCode = 0 } = headRows(given);
    const trials = (act + actCode) * candidateHeads(config).length;
    const size = { answers: answersOf(given), trials, tests };
    yield* Console.log(planTable(given, size, { times, rows: sources.map(({ rows }) => rows) }));
  });
}

/** The rows that are tested on: a part is drawn by the seed. */
const testRows = ({ data, seed, limit }: Given) => ({
  path: data,
  split: "test",
  shuffleSeed: seed,
  ...Option.defined({ limit }),
});

/** Answers that arms do not share: those of DPC are pt's or untriggered's. */
function answersOf({ arms, samples }: Given): number {
  const own = new Set(arms.map((name) => name.startsWith("dpc") ? "untriggered" : name));
  return own.size + (own.has("selfConsistency") ? samples - 1 : 0);
}

/** The template that the model alone is given worked examples in: eight of the set's own training rows, or else this project's four. */
const FEW_SHOT = "few-shot-cot";

const hasFewShot = ({ templates }: Task): boolean =>
  templates.some(({ name }) => name === FEW_SHOT);

/** Evaluates a set: the arms under all prompts, and the model alone after worked examples where the task has such a template. */
function evaluateSet(given: Given, directory: string, { task, source }: StudySet, out: string) {
  const run = (
    name: string,
    arms: readonly string[],
    more: Pick<EvaluationGiven, "prompt" | "template" | "shots" | "shotsFrom">,
  ) =>
    runArms({
      ...given,
      ...more,
      ...{
        model: directory,
        promptSeeds: [],
        task: task.name,
        split: "test",
        ...NO_CHAT,
        ...Option.GREEDY,
        templateFile: undefined,
      },
      ...{ shuffle: given.seed, run: `${out}/${name}`, json: false, open: false },
    }, namedArms(arms, given));
  return Effect.gen(function* () {
    if (hasFewShot(task)) {
      const shots = source === task
        ? { shots: 8, shotsFrom: yield* trainingFile(task, given) }
        : { shots: undefined, shotsFrom: undefined };
      yield* run(fewShotRun(task.name), ["base"], { prompt: [], template: FEW_SHOT, ...shots });
    }
    const prompt = given.seeds.map((each) => promptDirectory(out, source, each));
    yield* run(task.name, given.arms, { ...given, prompt });
  });
}

/** The sets with the tasks that their prompts are tuned on. */
function studySets(given: Given) {
  return Effect.gen(function* () {
    const common = given.tuneOn === undefined ? undefined : yield* taskByName(given.tuneOn);
    return yield* Effect.forEach(given.tasks, (name) =>
      Effect.gen(function* () {
        const task = name === common?.name ? common : yield* taskByName(name);
        return { task, source: common ?? task } satisfies StudySet;
      }));
  });
}

/** Refuses sets without rows to tune on or to test on. */
function checkRows(given: Given, sets: readonly StudySet[]) {
  return Effect.gen(function* () {
    yield* Effect.forEach(sourcesOf(sets), (task) => checkTraining(task, given));
    const { path, split } = testRows(given);
    for (const { task } of sets) {
      yield* Stream.runDrain(examples(task, { path, split, limit: 1 }));
    }
  });
}

/** Where the study of a model is kept. */
const studyDirectory = (given: Given, model: string) =>
  Effect.map(Path.Path, (path) => path.join(given.out, path.basename(path.resolve(model))));

/** Everything of one model. */
function study(given: Given, directory: string, memory: MemoryNeeds) {
  return Effect.gen(function* () {
    const out = yield* studyDirectory(given, directory);
    const sets = yield* studySets(given);
    // rows that are not there are missed here, before the weights of a large model are copied
    yield* checkRows(given, sets);
    yield* Console.log(`\n${directory}\n`);
    const fs = yield* FileSystem.FileSystem;
    const begun = yield* Effect.orElseSucceed(fs.exists(`${out}/prompts`), () => false);
    const planned = given.plan || !begun;
    // before the model is opened, which copies the weights
    if (planned) yield* Console.log(`${needsLine(memory)}\n`);
    yield* Effect.scoped(Effect.gen(function* () {
      const model = yield* openModel(yield* Option.placed({ ...given, model: directory }));
      yield* Effect.gen(function* () {
        const sources = yield* drawSources(given, sets);
        if (planned) yield* printPlan(given, directory, sets, sources);
        if (!given.plan) yield* continues(out)(makePrompts(given, directory, sources, out));
      }).pipe(Effect.provideService(Model, model));
    }));
    if (!given.plan) yield* Effect.forEach(sets, (set) => evaluateSet(given, directory, set, out));
  });
}

/** Prints the tables of a model's runs, and keeps them beside the runs. */
function printTables(given: Given, model: string) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const out = yield* studyDirectory(given, model);
    const tables = yield* studyTables(out, given.tasks);
    yield* fs.writeFileString(`${out}/tables.md`, tables);
    yield* Console.log(`\n${model}\n\n${tables}`);
  });
}

/** The command. */
export const command = program({
  name: "reproduce",
  about:
    "Tunes prompts, calibrates them on held-out rows and evaluates the paper's arms, model by model and set by set, and prints the paper's " +
    "tables. What is not said in the paper is an option. The same command continues where it stopped.",
  examples: {
    "What it will cost: memory and disk at once, hours after a few rows are tried":
      "npx dpc reproduce --model MODEL --tasks gsm8k --plan",
    "The paper's sets; a file of MATH's training problems is needed, as none can be fetched":
      "npx dpc fetch && npx dpc reproduce --model MODEL --train math=train.jsonl",
    "One set with a small model":
      "npx dpc reproduce --model MODEL --tasks gsm8k --tune-examples 400 --seeds 0",
    "The tables of what is finished": "npx dpc reproduce --model MODEL --tables",
  },
  options,
}, function* (given) {
  const models = given.models.length > 0 ? given.models : PAPER_MODELS;
  if (given.tables) {
    return yield* Effect.forEach(models, (model) => printTables(given, model), { discard: true });
  }
  // a model that does not fit is refused here, before hours of work on the first
  const opened = yield* Effect.forEach(
    yield* present(given, models),
    (model) => open(given, model),
  );
  for (const { directory, memory } of opened) {
    yield* Effect.provide(study(given, directory, memory), Progress.layer(given));
    if (!given.plan) yield* printTables(given, directory);
  }
});
