/**
 * Small inputs for the programs, made without the library so that they stay the same while it changes: random checkpoints, and rows in
 * each dataset's format.
 *
 * @module
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Tokenizers with a chat template. */
const VECTORS = join(import.meta.dirname, "../vectors");

const LAYERS = 2;
const HIDDEN = 64;
const INNER = 96;
const HEADS = 4;
const KEY_HEADS = 2;
const HEAD_SIZE = 16;

/** Numbers in -0.5 up to 0.5, the same for the same seed (mulberry32). */
function* randomNumbers(seed: number): Generator<number, never> {
  for (;;) {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 - 0.5;
  }
}

/** Names and shapes of the weights, with the norms of queries and keys that Qwen3 has. */
function shapes(vocabulary: number, isQwen: boolean): readonly (readonly [string, number[]])[] {
  const layers = Array.from({ length: LAYERS }, (_, layer) =>
    Object.entries({
      "input_layernorm": [HIDDEN],
      "self_attn.q_proj": [HEADS * HEAD_SIZE, HIDDEN],
      "self_attn.k_proj": [KEY_HEADS * HEAD_SIZE, HIDDEN],
      "self_attn.v_proj": [KEY_HEADS * HEAD_SIZE, HIDDEN],
      ...(isQwen ? { "self_attn.q_norm": [HEAD_SIZE], "self_attn.k_norm": [HEAD_SIZE] } : {}),
      "self_attn.o_proj": [HIDDEN, HEADS * HEAD_SIZE],
      "post_attention_layernorm": [HIDDEN],
      "mlp.gate_proj": [INNER, HIDDEN],
      "mlp.up_proj": [INNER, HIDDEN],
      "mlp.down_proj": [HIDDEN, INNER],
    }).map(([name, shape]) => [`model.layers.${layer}.${name}.weight`, shape] as const));
  return [
    ["model.embed_tokens.weight", [vocabulary, HIDDEN]],
    ...layers.flat(),
    ["model.norm.weight", [HIDDEN]],
  ];
}

/** Writes float32 weights: a length, a header of JSON, the numbers. */
function writeWeights(file: string, tensors: readonly (readonly [string, number[]])[]): void {
  const random = randomNumbers(1);
  const parts: Uint8Array[] = [];
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, shape] of tensors) {
    const data = Float32Array.from(
      { length: shape.reduce((product, n) => product * n, 1) },
      () => name.includes("norm") ? 1 : random.next().value,
    );
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset += data.byteLength] };
    parts.push(new Uint8Array(data.buffer));
  }
  const text = JSON.stringify(header);
  const bytes = new TextEncoder().encode(text + " ".repeat((8 - text.length % 8) % 8));
  const length = new BigUint64Array([BigInt(bytes.length)]);
  writeFileSync(file, [new Uint8Array(length.buffer), bytes, ...parts].reduce(joined));
}

const joined = (a: Uint8Array, b: Uint8Array): Uint8Array => new Uint8Array([...a, ...b]);

/**
 * Writes a random checkpoint of two layers; its answers are babble, but always the same.
 *
 * @param directory where to
 * @param from directory of its tokenizer
 */
function writeModel(directory: string, from: string, family: "llama" | "qwen3"): void {
  mkdirSync(directory, { recursive: true });
  for (const name of ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]) {
    if (name !== "chat_template.jinja" || family === "qwen3") {
      copyFileSync(join(from, name), join(directory, name));
    }
  }
  const tokenizer = JSON.parse(readFileSync(join(from, "tokenizer.json"), "utf8"));
  const vocabulary = Object.keys(tokenizer.model.vocab).length;
  const isQwen = family === "qwen3";
  writeFileSync(
    join(directory, "config.json"),
    JSON.stringify({
      architectures: [isQwen ? "Qwen3ForCausalLM" : "LlamaForCausalLM"],
      model_type: family,
      vocab_size: vocabulary,
      hidden_size: HIDDEN,
      intermediate_size: INNER,
      num_hidden_layers: LAYERS,
      num_attention_heads: HEADS,
      num_key_value_heads: KEY_HEADS,
      head_dim: HEAD_SIZE,
      rms_norm_eps: 1e-5,
      max_position_embeddings: 4096,
      tie_word_embeddings: true,
      eos_token_id: isQwen ? 2 : 0,
    }),
  );
  writeWeights(join(directory, "model.safetensors"), shapes(vocabulary, isQwen));
}

const range = <A>(length: number, row: (i: number) => A): readonly A[] =>
  Array.from({ length }, (_, i) => row(i));
const lines = (rows: readonly unknown[]): string =>
  rows.map((row) => JSON.stringify(row)).join("\n") + "\n";
const json = (rows: readonly unknown[]): string => JSON.stringify(rows, null, 1);

const gsm8k = (i: number) => ({
  question: `Tom has ${i + 2} apples. Ana gives Tom ${i % 5 + 1} apples. How many has Tom?`,
  answer: `Tom has ${i + 2}+${i % 5 + 1}=<<${i + 2}+${i % 5 + 1}=${i + 3 + i % 5}>>${
    i + 3 + i % 5
  } apples.\n#### ${i + 3 + i % 5}`,
});
const aqua = (i: number) => ({
  question: `What is ${i} times 3?`,
  options: ["A)", "B)", "C)", "D)", "E)"].map((letter, n) => `${letter}${3 * i + n - i % 5}`),
  rationale: `${i} times 3 is ${3 * i}.`,
  correct: "ABCDE"[i % 5],
});
const math = (i: number) => ({
  problem: `Simplify $\\frac{${2 * i + 2}}{4}$.`,
  solution: `We divide by two: $\\boxed{\\frac{${i + 1}}{2}}$.`,
  level: i % 2 + 1,
  subject: "Prealgebra",
  unique_id: `math-${i}`,
});
const svamp = (i: number) => ({
  ID: `chal-${i}`,
  Body: `A pack costs ${i + 9} dollars. There is a discount of ${i} dollars`,
  Question: "What do you pay?",
  Equation: `( ${i + 9}.0 - ${i}.0 )`,
  Answer: 9,
  Type: "Subtraction",
});
const multiarith = (i: number) => ({
  iIndex: i,
  lEquations: [`X=((${i + 3}.0+4.0)-2.0)`],
  lSolutions: [i + 5],
  sQuestion: ` Debby had ${i + 3} sweets, got 4 and ate 2. How many are left? `,
});

/** The public datasets in their own formats, where `dpc fetch` puts them, and texts to pre-train on. */
const FILES: Readonly<Record<string, string>> = {
  "data/cache/gsm8k/train.jsonl": lines(range(40, (i) => gsm8k(i + 7))),
  "data/cache/gsm8k/test.jsonl": lines(range(8, gsm8k)),
  "data/cache/aqua/dev.json": lines(range(24, (i) => aqua(i + 9))),
  "data/cache/aqua/test.json": lines(range(6, aqua)),
  "data/cache/math500/math500_test.json": json(range(6, math)),
  "data/cache/svamp/SVAMP.json": json(range(6, svamp)),
  "data/cache/multiarith/MultiArith.json": json(range(6, multiarith)),
  "text.txt": range(30, (i) => `${gsm8k(i).question}\n${i}+1=${i + 1}`).join("\n\n"),
  "bad.jsonl": `{"question":"1+1?","answer":"#### 2"}\n{"question":"?"\n{"question":"x"}\n`,
  "bare.jsonl": lines(range(4, (i) => ({ question: `What is ${i}+1?`, answer: i + 1 }))),
  "choices.jsonl": lines(range(4, (i) => ({
    ask: { text: `Which is ${i}?`, choices: ["one", "two", "three", "zero"] },
    key: "DABC"[i],
    area: i % 2 === 0 ? "even" : "odd",
  }))),
};

/** Writes all inputs into a folder that has the tree's data. */
export function writeInputs(folder: string): void {
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  // questions of the embedded model's own language, in a form of their own
  const rows = readFileSync(join(folder, "data/benchmark/dev.jsonl"), "utf8").trim().split("\n")
    .slice(0, 12).map((row) => JSON.parse(row));
  const own = rows.map(({ question, answer, kind }, i) => ({
    name: `own-${i}`,
    problem: question,
    solution: answer,
    about: { kind },
  }));
  writeFileSync(join(folder, "mine.jsonl"), lines([...own, { problem: "?" }]));
  const long = { ...rows[0], question: `${rows[0].question} `.repeat(40) };
  writeFileSync(join(folder, "long.jsonl"), lines([rows[1], long, rows[2]]));
  writeModel(join(folder, "tiny"), join(folder, "data/model"), "llama");
  writeModel(join(folder, "chat"), join(VECTORS, "tokenizer_chatml"), "qwen3");
}
