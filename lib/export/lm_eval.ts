/**
 * The file layout of lm-evaluation-harness (0.4): results_<date>.json, and samples_<task>_<date>.jsonl with one line for each filter
 * and example.
 *
 * @module
 */
import { Effect } from "effect";
import { createHash } from "node:crypto";
import { type Checker, type Example, gradeChoice, gradeNumber, type Task } from "../task/mod.ts";
import type { Sampling } from "../model/mod.ts";
import { exactMatch } from "./minerva.ts";

/** What one arm of a run says of one example. */
export interface LmEvalRow {
  /** Number of the example in the dataset, from 0. */
  readonly index: number;
  /** The example. */
  readonly example: Example;
  /** The whole prompt. */
  readonly prompt: string;
  /** The answer as it was generated. */
  readonly text: string;
  /** The extracted answer, if there is one. */
  readonly answer: string | null;
  /** Whether the task's strict reading is right, and whether its own is. */
  readonly strict: boolean;
  /** Whether the answer is right. */
  readonly correct: boolean;
}

/** What is the same for the whole run. */
export interface LmEvalRun {
  /** Name of the model. */
  readonly model: string;
  /** Worked examples before each question. */
  readonly shots: number;
  /** Texts that end an answer. */
  readonly stop: readonly string[];
  /** Most tokens of an answer. */
  readonly maxNewTokens: number;
  /** When the files are written. */
  readonly date: Date;
  /** Examples in the dataset, before any limit. */
  readonly available: number;
  /** Seed of the run. */
  readonly seed: number;
  /** How tokens are drawn; absent where the likeliest are taken. */
  readonly decoding?: Omit<Sampling, "seed">;
}

/** One task of the harness: an arm under a prompt. */
export interface LmEvalTask {
  /** Task and arm, as they are to appear: "gsm8k" or "gsm8k_dpc". */
  readonly name: string;
  /** Examples. */
  readonly n: number;
  /** What each filter takes for right, and what must be known of it. */
  readonly filters: readonly FilterResult[];
  /** The harness' hash of all hashes. */
  readonly hash: string;
}

/** What one filter makes of a task. */
export interface FilterResult {
  /** The filter's name. */
  readonly name: string;
  /** The harness' name of what is right. */
  readonly metric: string;
  /** Right answers. */
  readonly right: number;
  /** Where the harness would compute it otherwise. */
  readonly note?: string;
}

/** One reading of a text: what it takes for the answer, and whether that is right. */
interface Filter {
  readonly name: string;
  /** The harness' name of what is right. */
  readonly metric: "exact_match" | "acc";
  readonly read: (row: LmEvalRow) => Effect.Effect<Reading>;
  /** Where the harness would compute it otherwise, and what it is here. */
  readonly note?: string;
}

interface Reading {
  readonly answer: string;
  readonly right: boolean;
}

const INVALID = "[invalid]";

/** What this project's own grader says. */
const own = (name: string, right: (row: LmEvalRow) => boolean): Filter => ({
  name,
  metric: "exact_match",
  read: (row) => Effect.succeed({ answer: row.answer ?? INVALID, right: right(row) }),
});
const VERDICT = own("verdict", ({ correct }) => correct);
const STRICT = own("strict", ({ strict }) => strict);

/** agieval_aqua_rat measures the share of right letters, unfiltered. */
const CHOICE: readonly Filter[] = [{ ...VERDICT, name: "none", metric: "acc" }, {
  ...STRICT,
  metric: "acc",
}];

/** minerva_math (version 3.0). */
const minerva = (checker: Checker): Filter => ({
  name: "none",
  metric: "exact_match",
  read: ({ text, example }) => exactMatch(text, example, checker),
  note: "as minerva_math, but its symbolic step is done by compute-engine: approximate",
});

/** The harness' own filters of gsm8k (version 3.0), to the letter. */
const HARNESS: readonly Filter[] = [
  harness("strict-match", (text) => /#### (-?[0-9.,]+)/.exec(text)?.[1]),
  harness("flexible-extract", (text) => {
    const last = Array.from(text.matchAll(/(-?[$0-9.,]{2,})|(-?[0-9]+)/g)).at(-1);
    return last?.[1] ?? last?.[2];
  }),
];

function harness(name: string, find: (text: string) => string | undefined): Filter {
  return {
    name,
    metric: "exact_match",
    read: (row) =>
      Effect.sync(() => {
        const answer = find(row.text) ?? INVALID;
        return { answer, right: comparable(answer) === comparable(targetOf(row.example)) };
      }),
  };
}

/** What the harness' exact_match compares: `regexes_to_ignore` of its gsm8k.yaml in their order, lower case. */
function comparable(text: string): string {
  return text.replaceAll(",", "").replaceAll("$", "").replace(/^[^]*#### /, "")
    .replace(/\.(?=\n?$)/, "").toLowerCase();
}

/**
 * The readings that a task's samples are given in: the harness' own where it has the task or one of its kind, and apart from them this
 * project's.
 */
function filtersOf(task: Task, checker: Checker | undefined): readonly Filter[] {
  if (task.grade === gradeNumber) return [...HARNESS, VERDICT];
  if (task.grade === gradeChoice) return CHOICE;
  return checker === undefined ? [STRICT, VERDICT] : [minerva(checker), STRICT, VERDICT];
}

/** File names of a run, as the harness forms them. */
export function fileNames(
  { date, model }: LmEvalRun,
  tasks: readonly Pick<LmEvalTask, "name">[],
): { readonly folder: string; readonly results: string; readonly samples: readonly string[] } {
  const stamp = date.toISOString().replace("Z", "").replaceAll(":", "-");
  return {
    folder: model.replace(/["<>:/|\\?*[\]]+/g, "__"),
    results: `results_${stamp}.json`,
    samples: tasks.map(({ name }) => `samples_${name}_${stamp}.jsonl`),
  };
}

/** Hashes of one example: of its row, its prompt and its target. */
interface Hashes {
  readonly doc_hash: string;
  readonly prompt_hash: string;
  readonly target_hash: string;
}

function hashesOf({ example, prompt }: LmEvalRow): Hashes {
  return {
    doc_hash: sha256(JSON.stringify(docOf(example), null, 2)),
    prompt_hash: sha256(prompt),
    target_hash: sha256(targetOf(example)),
  };
}

/** Makes the samples file of a task: all examples under the first filter, then under the next. Keeps counts and a hash. */
export class TaskWriter {
  /** Task and arm, as they are to appear. */
  readonly name: string;
  readonly #run: LmEvalRun;
  readonly #filters: readonly Filter[];
  readonly #right: number[];
  readonly #hash = createHash("sha256");
  #n = 0;

  /** Starts without a row; `checker` compares the answers of MATH. */
  constructor(name: string, run: LmEvalRun, task: Task, checker?: Checker) {
    this.name = name;
    this.#run = run;
    this.#filters = filtersOf(task, checker);
    this.#right = this.#filters.map(() => 0);
  }

  /** How often all rows are to be written. */
  get filters(): number {
    return this.#filters.length;
  }

  /** The line of a row under a filter, line break included; all rows come under one filter before any comes under the next. */
  line(row: LmEvalRow, at: number): Effect.Effect<string> {
    const filter = this.#filters[at]!;
    return Effect.map(filter.read(row), ({ answer, right }) => {
      const hashes = hashesOf(row);
      if (at === 0) this.#n += 1;
      this.#right[at]! += Number(right);
      this.#hash.update(Object.values(hashes).join(""));
      const sample = {
        doc_id: row.index,
        doc: docOf(row.example),
        target: targetOf(row.example),
        arguments: { gen_args_0: { arg_0: row.prompt, arg_1: generationOf(this.#run) } },
        resps: [[row.text]],
        filtered_resps: [answer],
        filter: filter.name,
        metrics: [filter.metric],
        ...hashes,
        [filter.metric]: right ? 1 : 0,
      };
      return JSON.stringify(sample) + "\n";
    });
  }

  /** What the results say of the task. */
  finish(): LmEvalTask {
    return {
      name: this.name,
      n: this.#n,
      filters: this.#filters.map(({ name, metric, note }, at) => ({
        name,
        metric,
        right: this.#right[at]!,
        ...(note === undefined ? {} : { note }),
      })),
      hash: this.#hash.digest("hex"),
    };
  }
}

/** Content of the results file. */
export function resultsFile(run: LmEvalRun, tasks: readonly LmEvalTask[]): string {
  const each = <A>(value: (task: LmEvalTask) => A) =>
    Object.fromEntries(tasks.map((one) => [one.name, value(one)]));
  const { folder } = fileNames(run, tasks);
  const results = {
    results: each(({ name, n, filters }) => ({
      alias: name,
      ...Object.fromEntries(filters.flatMap(({ name, metric, right }) => [
        [`${metric},${name}`, n === 0 ? 0 : right / n],
        [`${metric}_stderr,${name}`, standardError(right, n)],
      ])),
    })),
    group_subtasks: each(() => []),
    configs: each(({ name, filters }) => ({
      task: name,
      output_type: "generate_until",
      num_fewshot: run.shots,
      metric_list: [...new Set(filters.map(({ metric }) => metric))].map((metric) => ({
        metric,
        aggregation: "mean",
        higher_is_better: true,
      })),
      generation_kwargs: generationOf(run),
      repeats: 1,
      filter_list: filters.map(({ name, note }) => ({
        name,
        ...(note === undefined ? {} : { note }),
      })),
    })),
    versions: each(() => "dynamic-prompt-corruption"),
    "n-shot": each(() => run.shots),
    higher_is_better: each(({ filters }) =>
      Object.fromEntries(filters.map(({ metric }) => [metric, true]))
    ),
    "n-samples": each(({ n }) => ({ original: run.available, effective: n })),
    config: {
      model: "dynamic-prompt-corruption",
      model_args: `pretrained=${run.model}`,
      limit: tasks.every(({ n }) => n === run.available)
        ? null
        : Math.max(0, ...tasks.map(({ n }) => n)),
      random_seed: run.seed,
      fewshot_seed: run.seed,
    },
    date: run.date.getTime() / 1000,
    task_hashes: each(({ hash }) => hash),
    model_source: "dynamic-prompt-corruption",
    model_name: run.model,
    model_name_sanitized: folder,
  };
  return JSON.stringify(results, null, 2) + "\n";
}

/** The dataset's row; that of GSM8K has the harness' two fields, so that hashes are equal. */
function docOf(example: Example): Readonly<Record<string, unknown>> {
  const { id, question, gold, rationale, options, strata } = example;
  if (rationale?.includes("####")) return { question, answer: rationale };
  return {
    id,
    question,
    ...(options === undefined ? {} : { options }),
    ...(rationale === undefined ? {} : { rationale }),
    answer: gold,
    ...strata,
  };
}

function targetOf({ gold, rationale }: Example): string {
  return rationale?.includes("####") ? rationale : gold;
}

function generationOf(
  { stop, maxNewTokens, decoding: { temperature, topP, topK, repetitionPenalty } = GREEDY }:
    LmEvalRun,
): Readonly<Record<string, unknown>> {
  return {
    until: stop,
    do_sample: temperature > 0,
    temperature,
    ...(topP === 1 ? {} : { top_p: topP }),
    ...(topK === undefined ? {} : { top_k: topK }),
    ...(repetitionPenalty === undefined ? {} : { repetition_penalty: repetitionPenalty }),
    max_gen_toks: maxNewTokens,
  };
}

const GREEDY: Omit<Sampling, "seed"> = { temperature: 0, topP: 1 };

/** Standard error of a mean of zeros and ones, with n - 1; the harness writes "N/A" where there is none. */
function standardError(right: number, n: number): number | "N/A" {
  const share = right / n;
  return n < 2 ? "N/A" : Math.sqrt(share * (1 - share) / (n - 1));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
