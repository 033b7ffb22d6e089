/**
 * `dpc controls`: what the gain of corrupting a prompt comes from, and how well triggers tell wrong answers, out of finished runs.
 *
 * @module
 */
import { Args } from "@effect/cli";
import { FileSystem, Path } from "@effect/platform";
import { Console, Effect, Stream } from "effect";
import { program } from "./cli/command.ts";
import { json } from "./cli/finished_run.ts";
import * as Option from "./cli/options.ts";
import { aucTable } from "./controls/auc.ts";
import { EvidenceCollector } from "./controls/evidence.ts";
import { controlTables } from "./controls/rows.ts";
import { aucText, controlText, lossText } from "./controls/tables.ts";
import { Sample } from "../lib/results/mod.ts";
import { Journal } from "../lib/run/mod.ts";
import { readJson } from "../lib/schema/files.ts";
import { Schema } from "../lib/schema/mod.ts";

/** What of run.json is read. */
const Loss = Schema.Struct({
  config: Schema.Struct({
    loss: Schema.optionalWith(Schema.Literal("mean", "sum"), { default: () => "mean" as const }),
  }),
});

/** The command. */
export const command = program({
  name: "controls",
  about:
    "Says what the gain of correcting comes from: trigger, position or choosing them for each answer; every threshold is chosen on other " +
    "rows. Reads development runs with the arms base, pt, always/CORRUPTION and TRIGGER/accumulated; several runs of the same prompts and " +
    "examples are read as one.",
  examples: {
    "The embedded prompts":
      "npx dpc ablate --split dev --prompt-seeds all --triggers always,affectedRatio,lateFlow,length --run runs/dev && npx dpc controls runs/dev",
    "AUC alone, which a run of base, pt and untriggered gives":
      "npx dpc controls runs/svamp --resamples 200",
  },
  options: {
    runs: Args.repeated(Args.withDescription(Args.directory({ name: "run" }), "Run directory")),
    resamples: Option.count("Resamples of the questions, for intervals of AUC", 1000),
    json,
  },
}, function* ({ runs, resamples, json }) {
  const fs = yield* FileSystem.FileSystem;
  const path = yield* Path.Path;
  const collector = new EvidenceCollector();
  for (const run of runs) {
    const file = path.join(run, "run.json");
    const { config: { loss } } = (yield* fs.exists(file))
      ? yield* readJson(file, Loss)
      : { config: { loss: "mean" as const } };
    yield* Stream.runForEach(
      Journal.rows(run, Sample),
      (sample) => Effect.sync(() => collector.add(sample, loss)),
    );
  }
  const evidence = collector.finish();
  const { prompts, examples } = evidence;
  const found = {
    prompts,
    examples: examples.length,
    auc: aucTable(evidence, resamples),
    ...controlTables(evidence),
  };
  yield* Console.log(
    json ? JSON.stringify(found, null, 2) : [
      `${examples.length} examples under ${prompts.length} prompts.`,
      aucText(found.auc),
      lossText(found.auc),
      ...controlText(found),
    ].filter((text) => text !== "").join("\n\n"),
  );
});
