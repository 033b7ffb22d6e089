/**
 * A run in the file layout of lm-evaluation-harness: results_<date>.json, and samples_<task>_<date>.jsonl with one line for
 * each example and filter.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Example } from "./example.ts";
import type { Prompt } from "./template.ts";

/** What one arm of a run says of one example. */
export interface LmEvalRow {
  /** Number of the example in the dataset, from 0. */
  readonly index: number;
  /** The example. */
  readonly example: Example;
  /** The prompt as it was asked. */
  readonly prompt: Prompt;
  /** The answer as it was generated. */
  readonly text: string;
  /** The extracted answer, if there is one. */
  readonly answer?: string;
  /** Whether the strict rule found the right answer. */
  readonly strict: boolean;
  /** Whether any rule found the right answer. */
  readonly correct: boolean;
}

/** What holds for the whole of a run. */
export interface LmEvalRun {
  /** Task and arm, as they are to appear: "gsm8k" or "gsm8k_dpc". */
  readonly name: string;
  /** Name of the model. */
  readonly model: string;
  /** Worked examples before each question. */
  readonly shots: number;
  /** Texts that end an answer. */
  readonly stop: readonly string[];
  /** Most tokens of an answer. */
  readonly maxNewTokens: number;
  /** Start of the run. */
  readonly date: Date;
  /** Examples in the dataset, before any limit. */
  readonly available: number;
}

/** Examples and how many of them were right, strictly and otherwise. */
export interface LmEvalCounts {
  /** Answers. */
  readonly n: number;
  /** Right by the strict rule. */
  readonly strict: number;
  /** Right by any rule. */
  readonly correct: number;
}

/** The harness' names for our two readings of an answer. */
const FILTERS = [["strict-match", "strict"], ["flexible-extract", "correct"]] as const;

/** File names of a run, as the harness forms them. */
export function fileNames({ name, date }: LmEvalRun): { results: string; samples: string } {
  const stamp = date.toISOString().replace("Z", "").replaceAll(":", "-");
  return { results: `results_${stamp}.json`, samples: `samples_${name}_${stamp}.jsonl` };
}

/** The lines of one example in the samples file, each with its line break. */
export function sampleLines(run: LmEvalRun, row: LmEvalRow): string {
  const { example, prompt, text, answer } = row;
  const target = example.rationale ?? example.gold;
  const doc = {
    id: example.id,
    question: example.question,
    answer: target,
    ...(example.options === undefined ? {} : { options: example.options }),
  };
  const context = prompt.prefix + prompt.text;
  return FILTERS.map(([filter, verdict]) =>
    JSON.stringify({
      doc_id: row.index,
      doc,
      target,
      arguments: {
        gen_args_0: {
          arg_0: context,
          arg_1: {
            until: run.stop,
            do_sample: false,
            temperature: 0,
            max_gen_toks: run.maxNewTokens,
          },
        },
      },
      resps: [[text]],
      filtered_resps: [answer ?? "[invalid]"],
      filter,
      metrics: ["exact_match"],
      doc_hash: sha256(JSON.stringify(doc, null, 2)),
      prompt_hash: sha256(context),
      target_hash: sha256(target),
      exact_match: row[verdict] ? 1 : 0,
    }) + "\n"
  ).join("");
}

/** Content of the results file. */
export function resultsFile(run: LmEvalRun, counts: LmEvalCounts): string {
  const { name } = run;
  const scores = FILTERS.flatMap(([filter, verdict]) => [
    [`exact_match,${filter}`, counts.n === 0 ? 0 : counts[verdict] / counts.n],
    [`exact_match_stderr,${filter}`, standardError(counts[verdict], counts.n)],
  ]);
  const results = {
    results: { [name]: { alias: name, ...Object.fromEntries(scores) } },
    group_subtasks: { [name]: [] },
    configs: {
      [name]: {
        task: name,
        output_type: "generate_until",
        num_fewshot: run.shots,
        generation_kwargs: { until: run.stop, do_sample: false, max_gen_toks: run.maxNewTokens },
      },
    },
    versions: { [name]: 1 },
    "n-shot": { [name]: run.shots },
    higher_is_better: { [name]: { exact_match: true } },
    "n-samples": { [name]: { original: run.available, effective: counts.n } },
    config: { model: run.model, limit: counts.n < run.available ? counts.n : null },
    date: run.date.getTime() / 1000,
  };
  return JSON.stringify(results, null, 2) + "\n";
}

/** Standard error of a mean of zeros and ones, with n - 1; the harness writes "N/A" where there is none. */
function standardError(right: number, n: number): number | "N/A" {
  const share = right / n;
  return n < 2 ? "N/A" : Math.sqrt(share * (1 - share) / (n - 1));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
