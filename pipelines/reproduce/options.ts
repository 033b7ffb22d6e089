/**
 * The options of `dpc reproduce`: those of tuning and of evaluating, and which models, sets and rows.
 *
 * @module
 */
import { Struct } from "effect";
import { totalmem } from "node:os";
import * as Option from "../cli/options.ts";
import { evaluationOptions } from "../cli/run_arms.ts";
import { chatOptions } from "../cli/template_option.ts";
import { tuningOptions } from "../cli/tune_prompt.ts";
import { arms } from "../../lib/arm/mod.ts";
import { Registry } from "../../lib/registry/mod.ts";

/** The paper's models, as folders that hold their checkpoints. */
export const PAPER_MODELS = ["models/LLaMA3-8B", "models/LLaMA2-13B", "models/Mistral-7B"];

/** Those of evaluating that a study leaves; rows are drawn by the seed, and prompts are tuned without a chat. */
const evaluating = Option.rarely(
  Struct.omit(
    evaluationOptions,
    ...["model", "prompt", "promptSeeds", "task", "split", "run"] as const,
    ...["shuffle", "templateFile", "json", "open"] as const,
    ...Struct.keys({ ...chatOptions, ...Option.decodingOptions }),
  ),
  ["template", "fields", "primary", "shard", "maxNewTokens"],
);

/** All options. */
export const options = {
  ...evaluating,
  ...tuningOptions,
  ...Option.rarely(Option.samplingOptions, ["samples", "sampleTemperature"]),
  ...Option.grouped("Study", {
    models: Option.named(
      "model",
      Option.text.repeated(
        `Checkpoint; may be given several times. By default the paper's: ${
          PAPER_MODELS.join(", ")
        }`,
      ),
    ),
    tasks: Option.list(
      "Sets, separated by commas; the paper's by default, of which math needs --train",
      ["gsm8k", "math", "aqua"],
    ),
    data: Option.text("The folder with all data, as `dpc fetch` fills it", "data/cache"),
    train: Option.pairs(
      "File of a task's worked solutions: --train math=FILE. MATH needs one, as dpc fetch gets its test problems alone: JSON rows with " +
        "problem, solution (the answer in \\boxed{}), level. AQuA is tuned on its 254 dev rows unless its train.json is given",
      {},
    ),
    tuneOn: Option.text(
      "Tune on this task's training rows alone and use the prompts for all sets; by default each set has its own",
    ),
    tuneExamples: Option.count("Tune on at most this many rows", 4000),
    calibrateExamples: Option.count("Held-out rows for beta and the thresholds", 100),
    mostTokens: Option.count("Tune and calibrate on rows of at most this many tokens", 512),
    seeds: Option.numbers("Prompt seeds, separated by commas", [0, 1, 2]),
    arms: Option.list(
      `Arms, separated by commas: ${Registry.help(arms)}`,
      "base,pt,act,selfConsistency,random,untriggered,dpc:affectedRatio,dpc".split(","),
    ),
    act: Option.atLeast(0)(
      "Choose the heads of the arms act and act:code by trying each on this many held-out rows; 0 takes all that may be calibrated",
      10,
    ),
    gamma: Option.gamma,
    out: Option.directory("Directory of the study", "runs/reproduce"),
    memory: Option.float(
      "GiB of memory that a model may take; this machine's by default",
      totalmem() / 2 ** 30,
    ),
    plan: Option.flag(
      "Say what it will cost, and stop; the hours are told by trying a few rows, for which the weights' copies are made",
    ),
    tables: Option.flag("Only make the tables again from the runs in --out"),
  }, ["calibrateExamples", "mostTokens", "act", "gamma", "memory"]),
};

/** The values of {@linkcode options}. */
export type Given = Option.Given<typeof options>;

/** On how many rows heads are chosen for the arms act and act:code; undefined without those arms. */
export const headRows = ({ arms, act }: Given) => ({
  act: arms.includes("act") ? act : undefined,
  actCode: arms.includes("act:code") ? act : undefined,
});
