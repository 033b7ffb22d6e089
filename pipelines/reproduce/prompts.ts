/**
 * The prompts of a study: tuned on training rows and calibrated on held-out ones, each once.
 *
 * @module
 */
import { Effect, Stream, Struct } from "effect";
import { calibratePrompt, matchesSettings } from "../cli/calibrate_prompt.ts";
import { defined } from "../cli/options.ts";
import { describeTemplate } from "../cli/template_option.ts";
import { identifyingSettings, tunePrompt } from "../cli/tune_prompt.ts";
import { type Given, headRows } from "./options.ts";
import type { StudyRows } from "./rows.ts";
import { Model } from "../../lib/stage/mod.ts";
import { loadCalibration, loadPrompt } from "../../lib/prompt/mod.ts";
import type { Task, Template } from "../../lib/task/mod.ts";

/** A task whose training rows prompts are tuned on, with the rows. */
export interface Source {
  readonly task: Task;
  readonly template: Template.Template;
  readonly rows: StudyRows;
}

/** Where a study keeps a prompt. */
export const promptDirectory = (out: string, source: Task, seed: number): string =>
  `${out}/prompts/${source.name}/seed${seed}`;

/** Tunes and calibrates the prompts of all sources and seeds, where that is not done yet. */
export function makePrompts(
  given: Given,
  directory: string,
  sources: readonly Source[],
  out: string,
) {
  return Effect.gen(function* () {
    const model = yield* Model;
    const { gamma, maxNewTokens } = given;
    const settings = { gamma, ...defined(headRows(given)) };
    for (const { task, template, rows } of sources) {
      for (const seed of given.seeds) {
        const prompt = promptDirectory(out, task, seed);
        const config = {
          ...identifyingSettings(given),
          ...Struct.pick(given, "mostTokens", "tuneExamples", "calibrateExamples"),
          rowSeed: given.seed,
          ...{ task: task.name, template: template.name, seed },
          ...{ model: model.fingerprint, tokenizer: model.tokenizerHash },
        };
        yield* tunePrompt({ ...given, model: directory, out: prompt, seed, config }, rows.tuning);
        const tuned = yield* loadPrompt(prompt, model.config);
        const before = yield* loadCalibration(prompt, tuned);
        const asked = {
          ...settings,
          rows: rows.dev.length,
          maxNewTokens: maxNewTokens ?? task.maxNewTokens,
          model: model.fingerprint,
          tokenizer: model.tokenizerHash,
          template: describeTemplate(template).sha256,
        };
        if (before !== undefined && matchesSettings(before, asked)) continue;
        yield* calibratePrompt({
          ...settings,
          directory: prompt,
          task,
          examples: Stream.fromIterable(rows.dev),
          split: "held out of training",
          tokenize: { template, ...defined({ maxNewTokens }) },
        });
      }
    }
  });
}
