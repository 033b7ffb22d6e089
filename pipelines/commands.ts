/**
 * The commands of `dpc`, each loaded when it is asked for.
 *
 * @module
 */
import type { Program } from "./cli/program.ts";

/** A row of the table. */
interface Row {
  readonly description: string;
  readonly load: () => Promise<{ readonly command: Program }>;
}

const row = (description: string, load: Row["load"]): Row => ({ description, load });

/** Every command by its name. */
export const COMMANDS: Readonly<Record<string, Row>> = {
  evaluate: row(
    "Evaluate arms over a dataset, into a run directory",
    () => import("./evaluate.ts"),
  ),
  ablate: row("Evaluate every trigger with every corruption", () => import("./ablate.ts")),
  tune: row("Tune a soft prompt", () => import("./tune.ts")),
  calibrate: row(
    "Choose a prompt's thresholds on a development split",
    () => import("./calibrate.ts"),
  ),
  "cross-validate": row(
    "Measure the learned arms on a development split",
    () => import("./study/cross_validate.ts"),
  ),
  cost: row("Measure what each arm costs beside its accuracy", () => import("./study/cost.ts")),
  report: row("Make a run's report, or check its results", () => import("./report.ts")),
  compare: row("Compare runs side by side", () => import("./compare.ts")),
  analyze: row("Print a run's information flow and triggers as JSON", () => import("./analyze.ts")),
  controls: row(
    "Say what the gain of correcting comes from, out of development runs",
    () => import("./controls.ts"),
  ),
  rescore: row("Score a run's texts again, without a model", () => import("./rescore.ts")),
  grade: row("Grade answers that were made elsewhere", () => import("./grade.ts")),
  export: row("Write a run's answers as CSV, JSON lines or parquet", () => import("./export.ts")),
  merge: row("Join the parts of a run", () => import("./merge.ts")),
  worker: row("Work on a run that another machine coordinates", () => import("./worker.ts")),
  fetch: row(
    "Download public datasets, or models and data of the Hugging Face Hub",
    () => import("./data/fetch.ts"),
  ),
  reproduce: row(
    "Run the paper's study, from checkpoints to its tables",
    () => import("./reproduce/reproduce.ts"),
  ),
  devices: row("List where a model can be computed", () => import("./bench/devices.ts")),
  bench: row("Measure speed, beside PyTorch too", () => import("./bench/bench.ts")),
  pretrain: row("Train a small Llama from scratch", () => import("./pretrain/pretrain.ts")),
  "word-problems": row(
    "Draw problems of the embedded benchmark's language",
    () => import("./data/word_problems.ts"),
  ),
};
