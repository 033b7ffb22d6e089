/**
 * Mistakes that the tests must find: each a piece of source, found wherever it stands, and what takes its place.
 *
 * @module
 */

/** A mistake. */
export interface Mutant {
  /** What it spoils. */
  readonly name: string;
  /** Source text that lib/ and pipelines/ have exactly once. Adapt it when the code is rewritten. */
  readonly find: string;
  /** The mistake. */
  readonly replace: string;
  /** Suites that find it: parts of their paths, as test/run.ts takes them. */
  readonly suites: readonly string[];
}

/** From all parts of the project. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: "a trigger fires at its threshold too",
    find: "fired: value > threshold }",
    replace: "fired: value >= threshold }",
    suites: ["trigger_test"],
  },
  {
    name: "flow is not summed over rows and layers",
    find: "perPosition[j]! += promptFlow(s, layer, i, j)",
    replace: "perPosition[j]! = promptFlow(s, layer, i, j)",
    suites: ["dpc/saliency_test", "dpc/flow_test"],
  },
  {
    name: "the former half of a rationale takes the middle token",
    find: "const middle = Math.floor(flow.length / 2)",
    replace: "const middle = Math.ceil(flow.length / 2)",
    suites: ["dpc/flow_test", "trigger_test"],
  },
  {
    name: "gamma is rounded down",
    find: "Math.round(gamma * sorted.length)",
    replace: "Math.floor(gamma * sorted.length)",
    suites: ["corruption_test"],
  },
  {
    name: "saliency keeps its sign",
    find: "Op.abs(Op.reduceSum(Op.mul(gradients[l]!, a), [1, 3]))",
    replace: "Op.reduceSum(Op.mul(gradients[l]!, a), [1, 3])",
    suites: ["parity_test"],
  },
  {
    name: "a masked position of the prompt is read",
    find: "for (const position of hidden) mask[position] = HIDDEN;",
    replace: "",
    suites: ["attention_mask_test"],
  },
  {
    name: "rotary positions of Llama 3 are not interpolated",
    find: "f32(f32(1 - smooth) * frequency)",
    replace: "f32(f32(smooth) * frequency)",
    suites: ["rope_test"],
  },
  {
    name: "a row that moves to a free slot leaves its keys and values behind",
    find: "this.#cache.move(last, free, this.#rows[last]!.filled);",
    replace: "",
    suites: ["engine_test", "engine/batch_test"],
  },
  {
    name: "top-p leaves out the token that reaches p",
    find: "tokens.slice(0, last + 1)",
    replace: "tokens.slice(0, Math.max(1, last))",
    suites: ["sampling_test"],
  },
  {
    name: "a tensor of safetensors may have fewer bytes than its shape takes",
    find: "if (bits / 8 !== end - begin) {",
    replace: "if (bits / 8 < end - begin) {",
    suites: ["safetensors/read_test"],
  },
  {
    name: "AdamW does not correct the bias of its second moment",
    find: "1 - beta2 ** step]",
    replace: "1]",
    suites: ["adamw_test"],
  },
  {
    name: "the gradient of a square root lacks its factor",
    find: "Op.mul(y, Graph.constant(2))",
    replace: "Op.mul(y, Graph.constant(1))",
    suites: ["autodiff/rules_test", "onnx/rules_test"],
  },
  {
    name: "half a character is decoded",
    find: "/\\uFFFD+$/",
    replace: "/\\uFFFD{9}$/",
    suites: ["answer_text_test"],
  },
  {
    name: "the first of several stated numbers is the answer",
    find: ".sort((left, right) => right.at - left.at)",
    replace: ".sort((left, right) => left.at - right.at)",
    suites: ["numeric_test"],
  },
  {
    name: "worked examples are always the same",
    find: "{ ...source, shuffleSeed: seed }",
    replace: "{ ...source, shuffleSeed: 0 }",
    suites: ["template_test"],
  },
  {
    name: "Wilson's interval is too wide",
    find: "(z * z) / (4 * n * n)",
    replace: "(z * z) / (4 * n)",
    suites: ["statistics_test"],
  },
  {
    name: "Holm's correction is Bonferroni's",
    find: "(pValues.length - rank) * pValues[at]!",
    replace: "pValues.length * pValues[at]!",
    suites: ["statistics/paired_test"],
  },
  {
    name: "a torn last line counts",
    find: "if (torn !== undefined || !terminated) return torn;",
    replace: "if (torn !== undefined) return torn;",
    suites: ["journal_test"],
  },
  {
    name: "a living process loses its run directory",
    find: "? !(yield* isAlive(other))",
    replace: "? true",
    suites: ["run/lock_test"],
  },
  {
    name: "shards overlap",
    find: "Stream.filter(([, at]) => owners[at] === index - 1)",
    replace: "Stream.filter(([, at]) => owners[at]! >= index - 1)",
    suites: ["shard_test"],
  },
  {
    name: "merge takes a shard that is not finished",
    find: "if (samples.length + failures.length !== wanted) {",
    replace: "if (samples.length + failures.length > wanted) {",
    suites: ["merge_test"],
  },
  {
    name: "a coordinator takes a sample of another example",
    find: "return sample.id !== sampleId(example, prompt)",
    replace: "return sample.id === ''",
    suites: ["queue_test"],
  },
  {
    name: "a report does not escape markup",
    find: '"<": "&lt;",',
    replace: '"<": "<",',
    suites: ["html_test"],
  },
];
