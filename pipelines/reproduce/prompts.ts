/**
 * The prompts of a study: tuned on training rows and calibrated on held-out ones, each once.
 *
 * @module
 */
import { Effect, Option, Stream } from "effect";
import { calibratePrompt, matchesSettings } from "../cli/calibrate_prompt.ts";
import * as Shared from "../cli/options.ts";
import { type Given, withAct } from "./options.ts";
import type { StudyRows } from "./rows.ts";
import { identifyingSettings, tunePrompt } from "../cli/tune_prompt.ts";
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

/** Tunes and calibrates the prompts of all sources and seeds, as far as that is not done. */
export function makePrompts(
  given: Given,
  directory: string,
  sources: readonly Source[],
  out: string,
) {
  return Effect.gen(function* () {
    const model = yield* Model;
    for (const { task, template, rows } of sources) {
      for (const seed of given.seeds) {
        const prompt = promptDirectory(out, task, seed);
        const config = tuningConfig(given, task, template, model.fingerprint, seed);
        yield* tunePrompt({ ...given, model: directory, out: prompt, seed, config }, rows.tuning);
        const tuned = yield* loadPrompt(prompt, model.config.hiddenSize);
        const before = yield* loadCalibration(prompt, tuned);
        const asked = {
          rows: rows.dev.length,
          gamma: given.gamma,
          maxNewTokens: Option.getOrElse(given.maxNewTokens, () => task.maxNewTokens),
          ...(withAct(given) ? { act: given.act } : {}),
        };
        if (before !== undefined && matchesSettings(before, asked)) continue;
        yield* calibratePrompt({
          directory: prompt,
          task,
          examples: Stream.fromIterable(rows.dev),
          split: "held out of training",
          tokenize: { template, ...Shared.given({ maxNewTokens: given.maxNewTokens }) },
          gamma: given.gamma,
          ...(withAct(given) ? { act: given.act } : {}),
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
  const { mostTokens, tuneExamples, calibrateExamples } = given;
  return {
    ...identifyingSettings(given),
    ...{ mostTokens, tuneExamples, calibrateExamples, rowSeed: given.seed },
    ...{ task: task.name, template: template.name, model, seed },
  };
}
