/**
 * What a task is: how its rows are read, its prompts are written, and its answers are found and graded.
 *
 * @module
 */
import type { Effect } from "effect";
import type { DatasetFormat, Example } from "./dataset/mod.ts";
import type { Extraction, ExtractOptions, Verdict } from "./grade/mod.ts";
import type { Template } from "./template/mod.ts";

/** A task: everything that depends on the dataset and on nothing else. */
export interface Task extends DatasetFormat {
  /** Prompt templates; the first one is the default. */
  readonly templates: readonly [Template.Template, ...Template.Template[]];
  /** Texts that end a generation. */
  readonly stop: readonly string[];
  /** Default limit of new tokens. */
  readonly maxNewTokens: number;
  /** Finds the answer; a function of text, finish and example alone, so that a stored text can be scored again. */
  readonly extract: (text: string, options: ExtractOptions) => Extraction;
  /** Compares the answer with the example's gold; never fails. */
  readonly grade: (extraction: Extraction, example: Example) => Effect.Effect<Verdict>;
}
