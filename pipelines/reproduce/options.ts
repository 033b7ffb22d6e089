/**
 * The options of `dpc reproduce`: those of tuning and of evaluating, and which models, sets and rows.
 *
 * @module
 */
import { type Command, Options } from "@effect/cli";
import { HashMap } from "effect";
import { totalmem } from "node:os";
import * as Shared from "../cli/options.ts";
import { evaluationOptions } from "../cli/run_arms.ts";
import { tuningOptions } from "../cli/tune_prompt.ts";
import { arms } from "../../lib/arm/mod.ts";
import { Registry } from "../../lib/registry/mod.ts";

/** The paper's models, as folders that hold their checkpoints. */
export const PAPER_MODELS = ["models/LLaMA3-8B", "models/LLaMA2-13B", "models/Mistral-7B"];

const {
  model: _model,
  prompt: _prompt,
  promptSeeds: _seeds,
  task: _task,
  split: _split,
  run: _run,
  // rows are drawn by the seed, and prompts are tuned without a chat
  shuffle: _shuffle,
  chat: _chat,
  json: _json,
  open: _open,
  ...shared
} = evaluationOptions;

/** All options. */
export const options = {
  ...shared,
  ...tuningOptions,
  ...Shared.samplingOptions,
  models: Options.directory("model").pipe(
    Options.repeated,
    Options.withDescription(
      `Checkpoint; may be given several times. By default the paper's: ${PAPER_MODELS.join(", ")}`,
    ),
  ),
  tasks: Shared.list("tasks").pipe(
    Options.withDefault(["gsm8k", "math", "aqua"]),
    Options.withDescription(
      "Sets, separated by commas; the paper's by default, of which math needs --train",
    ),
  ),
  data: Options.text("data").pipe(
    Options.withDefault("data/cache"),
    Options.withDescription("The folder with all data, as `dpc fetch` fills it"),
  ),
  train: Options.keyValueMap("train").pipe(
    Options.withDefault(HashMap.empty<string, string>()),
    Options.withDescription(
      "File of a task's worked solutions: --train math=FILE. MATH needs one, as dpc fetch gets its test problems alone: JSON rows with " +
        "problem, solution (the answer in \\boxed{}), level. AQuA is tuned on its 254 dev rows unless its train.json is given",
    ),
  ),
  tuneOn: Options.text("tune-on").pipe(
    Options.optional,
    Options.withDescription(
      "Tune on this task's training rows alone and use the prompts for all sets; by default each set has its own",
    ),
  ),
  tuneExamples: Shared.count("tune-examples").pipe(
    Options.withDefault(4000),
    Options.withDescription("Tune on at most so many rows"),
  ),
  calibrateExamples: Shared.count("calibrate-examples").pipe(
    Options.withDefault(100),
    Options.withDescription("Held-out rows for beta and the thresholds"),
  ),
  mostTokens: Shared.count("most-tokens").pipe(
    Options.withDefault(512),
    Options.withDescription("Tune and calibrate on rows of at most so many tokens"),
  ),
  seeds: Shared.numbers("seeds").pipe(
    Options.withDefault([0, 1, 2]),
    Options.withDescription("Prompt seeds, separated by commas"),
  ),
  arms: Shared.list("arms").pipe(
    Options.withDefault([
      "base",
      "pt",
      "act",
      "selfConsistency",
      "random",
      "untriggered",
      "dpc:affectedRatio",
      "dpc",
    ]),
    Options.withDescription(`Arms, separated by commas: ${Registry.help(arms)}`),
  ),
  act: Shared.count("act", 0).pipe(
    Options.withDefault(10),
    Options.withDescription(
      "Choose the heads of the arm act by trying each on so many held-out rows; 0 takes all that may be calibrated",
    ),
  ),
  gamma: Shared.gamma,
  out: Options.directory("out").pipe(Options.withDefault("runs/reproduce")),
  memory: Options.float("memory").pipe(
    Options.withDefault(totalmem() / 2 ** 30),
    Options.withDescription("GiB of memory that a model may take; this machine's by default"),
  ),
  plan: Options.boolean("plan").pipe(Options.withDescription(
    "Say what it will cost, and stop; the hours are told by trying a few rows, for which the weights' copies are made",
  )),
  tables: Options.boolean("tables").pipe(
    Options.withDescription("Only make the tables again from the runs in --out"),
  ),
};

/** The values of {@linkcode options}. */
export type Given = Command.Command.ParseConfig<typeof options>;

/** Whether heads are chosen for the arm act. */
export const withAct = ({ arms }: Given): boolean => arms.includes("act");
