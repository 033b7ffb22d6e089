/**
 * The commands of `dpc`, each loaded when it is asked for.
 *
 * @module
 */
import type { ProgramCommand } from "./cli/program.ts";

/** A row of the table. */
interface Row {
  readonly description: string;
  readonly load: () => Promise<{ readonly command: ProgramCommand }>;
}

/** Every command by its name. */
export const COMMANDS: Readonly<Record<string, Row>> = {
  evaluate: {
    description: "Evaluate arms over a dataset, into a run directory",
    load: () => import("./evaluate.ts"),
  },
  ablate: {
    description: "Evaluate every trigger with every corruption",
    load: () => import("./ablate.ts"),
  },
  tune: { description: "Tune a soft prompt", load: () => import("./tune.ts") },
  calibrate: {
    description: "Choose a prompt's thresholds on a development split",
    load: () => import("./calibrate.ts"),
  },
  report: {
    description: "Make a run's report, or check its results",
    load: () => import("./report.ts"),
  },
  compare: { description: "Compare runs side by side", load: () => import("./compare.ts") },
  analyze: {
    description: "Print a run's information flow and triggers as JSON",
    load: () => import("./analyze.ts"),
  },
  rescore: {
    description: "Score a run's texts again, without a model",
    load: () => import("./rescore.ts"),
  },
  merge: { description: "Join the parts of a run", load: () => import("./merge.ts") },
  worker: {
    description: "Work on a run that another machine coordinates",
    load: () => import("./worker.ts"),
  },
  fetch: { description: "Download the public datasets", load: () => import("./data/fetch.ts") },
  reproduce: {
    description: "Run the paper's study, from checkpoints to its tables",
    load: () => import("./reproduce/reproduce.ts"),
  },
  bench: {
    description: "Measure speed, beside PyTorch too",
    load: () => import("./bench/bench.ts"),
  },
  pretrain: {
    description: "Train a small Llama from scratch",
    load: () => import("./pretrain/pretrain.ts"),
  },
  "word-problems": {
    description: "Draw problems of the embedded benchmark's language",
    load: () => import("./data/word_problems.ts"),
  },
};
