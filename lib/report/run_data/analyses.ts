/**
 * The analysis of a run prompt by prompt: positions, triggers and thresholds of one prompt mean nothing under another.
 *
 * @module
 */
import { type Analysis, AnalysisCollector, type Sample } from "../../results/mod.ts";

/** What was seen of a run. */
export interface PromptAnalyses {
  /** By the prompt's name, in the order of the run. */
  readonly prompts: Readonly<Record<string, Analysis>>;
  /** What corrected: "lateFlow/accumulated", as names of a grid's arms, which the glossary explains. */
  readonly corrections: readonly string[];
}

/** Takes the samples of a run in one by one. */
export class PromptAnalysisCollector {
  readonly #prompts = new Map<string, AnalysisCollector>();
  readonly #corrections = new Set<string>();

  /** Takes one more sample in. */
  add(sample: Sample): void {
    const collector = this.#prompts.get(sample.prompt) ?? new AnalysisCollector();
    this.#prompts.set(sample.prompt, collector);
    collector.add(sample);
    for (const { trigger, corruptions } of Object.values(sample.arms)) {
      for (const { name } of corruptions) this.#corrections.add(`${trigger?.name ?? ""}/${name}`);
    }
  }

  /** The analyses of the samples so far. */
  finish(): PromptAnalyses {
    return {
      prompts: Object.fromEntries(
        Array.from(this.#prompts, ([name, collector]) => [name, collector.finish()]),
      ),
      corrections: [...this.#corrections],
    };
  }
}
