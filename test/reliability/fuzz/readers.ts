/**
 * Everything that reads what others wrote, each with valid inputs to begin from.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect, Either, type Scope, Stream } from "effect";
import type { PCGRandom } from "effect/Utils";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readFailures } from "../../../lib/run/failures.ts";
import { Journal, readRun } from "../../../lib/run/mod.ts";
import { Sample, summarise } from "../../../lib/results/mod.ts";
import { readShards } from "../../../lib/model/checkpoint/shards.ts";
import { readConfig } from "../../../lib/model/checkpoint/config.ts";
import { readDirectory, readTensor } from "../../../lib/model/mod.ts";
import { isWeightDtype } from "../../../lib/model/safetensors/tensor_data.ts";
import { loadTraining } from "../../../lib/model/training/mod.ts";
import { loadCalibration, loadPrompt, loadState } from "../../../lib/prompt/mod.ts";
import { byName, examples, inChat, type Task } from "../../../lib/task/mod.ts";
import { load } from "../../../lib/tokenizer/mod.ts";
import { fileOf } from "../../model/support.ts";
import { dataReaders } from "./data_readers.ts";
import { ggufReader } from "./gguf_reader.ts";
import { linesOf } from "../../report/support.ts";

/** A failure as the library's are: tagged, with one line for the user. */
export interface TypedFailure {
  readonly _tag: string;
  readonly message: string;
}

type Services = FileSystem.FileSystem | Path.Path | Scope.Scope;

/** A reader that is fuzzed. */
export interface Reader {
  readonly name: string;
  /** Valid inputs. */
  readonly seeds: readonly Uint8Array[];
  /** Makes an input; by default the bytes of a valid one are changed. */
  readonly make?: (random: PCGRandom) => Uint8Array;
  /** Reads an input; `folder` is one that the reader may write to. */
  readonly read: (
    input: Uint8Array,
    folder: string,
  ) => Effect.Effect<unknown, TypedFailure, Services>;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const file = (name: string): Uint8Array => readFileSync(`${ROOT}${name}`);
const text = (content: string): Uint8Array => new TextEncoder().encode(content);
/** A reader of a file of a folder, in which whole ones may lie beside it. */
const ofFile = (
  name: string,
  seeds: readonly Uint8Array[],
  fileName: string,
  read: (folder: string) => Effect.Effect<unknown, TypedFailure, Services>,
  beside: Readonly<Record<string, Uint8Array>> = {},
): Reader => ({
  name,
  seeds,
  read: (input, folder) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      for (const [other, bytes] of Object.entries({ ...beside, [fileName]: input })) {
        yield* Effect.orDie(fs.writeFile(`${folder}/${other}`, bytes));
      }
      yield* read(folder);
    }),
});

const SAMPLE: Sample = {
  id: "gsm8k-1@seed0",
  example: "gsm8k-1",
  prompt: "seed0",
  question: "How many?",
  gold: "3",
  strata: { kind: "clean" },
  promptText: "How many?\n",
  arms: {
    pt: {
      text: "1+2=3\n#### 3",
      answer: "3",
      rule: "####",
      correct: true,
      strict: true,
      verdict: "correct",
      finish: "eos",
      tokens: 7,
      lowest: -0.5,
      mean: -0.1,
      trigger: { name: "always", score: 1, fired: true },
      first: "1+2=4",
      corruptions: [{ name: "accumulated", positions: [1, 2], text: "1+2=3" }],
      milliseconds: 12,
    },
  },
  flow: {
    pq: [0.1],
    pr: [0.2],
    qr: [0.3],
    rr: [0.4],
    accumulation: [1, 2],
    tokens: [1],
    starts: [0],
  },
};
const journal = (count: number) =>
  text(
    linesOf(
      Array.from({ length: count }, (_, i) => ({ ...SAMPLE, id: `e${i}@seed0`, example: `e${i}` })),
    ),
  );

const SMALL_WEIGHTS = fileOf({
  __metadata__: { format: "pt" },
  a: { dtype: "F32", shape: [2, 2], data_offsets: [0, 16] },
  b: { dtype: "BF16", shape: [4], data_offsets: [16, 24] },
  c: { dtype: "F16", shape: [1, 1, 2], data_offsets: [24, 28] },
  d: { dtype: "U8", shape: [], data_offsets: [28, 29] },
}, 29);

/** Model answers, as the graders read them. */
const ANSWERS = [
  "Tom has 3 apples. 3 + 4 = 7. #### 7",
  "First <<3*4=12>>12. So the answer is: 1,234.50 dollars. The answer is (B).",
  "Therefore $x = \\frac{1}{2}$ and the answer is \\boxed{\\frac{\\sqrt{3}}{2} + 10^{-3}}.",
  "\\boxed{x^2 + 2x + 1} or [1, 2) \\cup (3, \\infty), i.e. \\text{(A)}, -3/4, 50\\%, 3:4",
  "Answer: C) because A) 10, B) 20. $\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}$",
].map(text);

const grader = (name: string, task: Task, gold: string): Reader => ({
  name: `grader ${name}`,
  seeds: ANSWERS,
  read: (input) => {
    const example = { id: "e", question: "?", gold, options: ["1", "2", "3"], strata: {} };
    const answer = new TextDecoder().decode(input);
    return Effect.suspend(() =>
      Effect.flatMap(
        Effect.sync(() => task.extract(answer, { example, finish: "eos" })),
        (extraction) => task.grade(extraction, example),
      )
    );
  },
});

const DATASETS: Readonly<Record<string, readonly Uint8Array[]>> = {
  gsm8k: [
    text(
      '{"question":"How many?","answer":"1+2=3\\n#### 3"}\n{"question":"Q","answer":"#### 4"}\n',
    ),
  ],
  aqua: [
    text(
      '{"question":"Q?","options":["A)1","B)2","C)3","D)4","E)5"],"rationale":"so B","correct":"B"}\n',
    ),
  ],
  math: [
    text('{"problem":"P?","level":"Level 3","type":"Algebra","solution":"so \\\\boxed{x^2}"}\n'),
    text(
      '[{"problem":"P?","answer":"3","subject":"Algebra","level":2,"unique_id":"a/1.json","solution":"s"}]',
    ),
  ],
  svamp: [
    text(
      '[{"ID":"c-1","Body":"B.","Question":"Q?","Equation":"(1 + 2)","Answer":3.0,"Type":"Addition"}]',
    ),
  ],
  multiarith: [
    text('[{"iIndex":1,"sQuestion":"Q?","lSolutions":[8.0],"lEquations":["X=(7.0-(3.0-4.0))"]}]'),
  ],
  jsonl: [
    text('{"question":"Q?","answer":"1+2=3\\n#### 3"}\n{"question":"R?","answer":4.5}\n'),
    text('{"question":"Q?","answer":"1,234"}\n'),
  ],
  "word-problems": [
    text(
      '{"question":"Q?","answer":"1+1=2\\n#### 2","kind":"clean","steps":1}\n{"question":"R?","answer":"#### 3","kind":"distracting","steps":2}\n',
    ),
  ],
};

const CALIBRATION = {
  "format": 2,
  "loss": "mean",
  "device": "cpu",
  "task": "word-problems",
  "split": "dev",
  "prompt": "74a8f38ab7fadcdce194dfffec2b7b3a61a682b97fb5633f6d3d8bf8eca3b95c",
  "model": "ec76222c770dabf542b3f4d39f6c175b521ccf0842e149d4dcd3bf707636e12c",
  "gamma": 0.1,
  "rows": 1000,
  "shallow": { "start": 0, "end": 3 },
  "deep": { "start": 3, "end": 6 },
  "beta": 7.505671597970912e-05,
  "firstAccuracy": 0.635,
  "secondAccuracy": 0.629,
  "trigger": "meanConfidence",
  "triggers": { "affectedRatio": { "threshold": 0.5, "accuracy": 0.6, "auc": null, "rate": 0.1 } },
};

/** All readers; those of graders hold workers until the scope ends. */
export const readers = Effect.gen(function* () {
  const tokenizers = ["chatml", "llama3", "sentencepiece"].map((name) =>
    `test/vectors/tokenizer_${name}`
  );
  const peft = file("test/vectors/peft_prompt/adapter_model.safetensors");
  const math = yield* Effect.orDie(byName("math"));
  const textTask = yield* Effect.orDie(byName("jsonl", { extractor: "text" }));
  const tasks = yield* Effect.orDie(
    Effect.forEach(
      Object.keys(DATASETS),
      (name) => Effect.map(byName(name), (task) => [name, task] as const),
    ),
  );
  const run = { format: 2, config: { task: "t", limit: null }, sessions: [{ time: "now" }] };
  const state = {
    format: 1,
    recipe: {},
    losses: [1.5, 1.25],
    tensors: "training-2.safetensors",
  };
  return [
    ggufReader,
    ofFile(
      "safetensors",
      [peft, SMALL_WEIGHTS],
      "a.safetensors",
      (folder) =>
        Effect.gen(function* () {
          const path = `${folder}/a.safetensors`;
          const { tensors } = yield* readDirectory(path);
          for (const [name, entry] of tensors) {
            const { dtype } = entry;
            if (isWeightDtype(dtype)) yield* readTensor({ ...entry, dtype, name, file: path });
          }
        }),
    ),
    ofFile(
      "shard index",
      [file("test/vectors/llama_sharded_bf16/model.safetensors.index.json")],
      "model.safetensors.index.json",
      readShards,
      Object.fromEntries(
        [1, 2, 3].map((shard) => `model-0000${shard}-of-00003.safetensors`)
          .map((name) => [name, file(`test/vectors/llama_sharded_bf16/${name}`)]),
      ),
    ),
    ofFile(
      "config.json",
      ["llama", "qwen2", "qwen3", "mistral"].map((name) =>
        file(`test/vectors/${name}/config.json`)
      ),
      "config.json",
      readConfig,
    ),
    ofFile(
      "generation_config.json",
      [file("test/vectors/llama/generation_config.json")],
      "generation_config.json",
      readConfig,
      { "config.json": file("test/vectors/llama/config.json") },
    ),
    ofFile(
      "tokenizer.json",
      tokenizers.map((name) => file(`${name}/tokenizer.json`)),
      "tokenizer.json",
      (folder) =>
        Effect.map(
          load(folder),
          ({ encode, decode }) => decode(encode("Tom has 12 apples,  né?\n😀 <s>")),
        ),
    ),
    ofFile(
      "tokenizer_config.json",
      tokenizers.map((name) => file(`${name}/tokenizer_config.json`)),
      "tokenizer_config.json",
      (folder) => load(folder),
      { "tokenizer.json": file(`${tokenizers[0]}/tokenizer.json`) },
    ),
    ofFile(
      "prompt: adapter_config.json",
      [file("test/vectors/peft_prompt/adapter_config.json")],
      "adapter_config.json",
      (folder) => loadPrompt(folder, { hiddenSize: 32, layers: 2, kvHeads: 2, headDim: 8 }),
      { "adapter_model.safetensors": peft },
    ),
    ofFile(
      "prompt: dpc.json",
      [text(JSON.stringify(CALIBRATION))],
      "dpc.json",
      (folder) => loadCalibration(folder),
    ),
    ofFile(
      "training.json of a prompt",
      [text(JSON.stringify(state))],
      "training.json",
      (folder) => loadState(folder, {}, 2),
      {
        [state.tensors]: fileOf({
          vectors: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
          first: { dtype: "F32", shape: [2], data_offsets: [8, 16] },
          second: { dtype: "F32", shape: [2], data_offsets: [16, 24] },
        }, 24),
      },
    ),
    ofFile(
      "training.json",
      [text(JSON.stringify({ format: 1, recipe: {}, seconds: 2, losses: [2, 1], tensors: null }))],
      "training.json",
      (folder) => loadTraining(folder, { recipe: {}, parameters: [] }),
    ),
    ofFile(
      "journal",
      [journal(1), journal(3)],
      "samples.jsonl",
      (folder) => Stream.runDrain(Journal.rows(folder, Sample)),
    ),
    ofFile(
      "errors.jsonl",
      [text('{"id":"a@b","error":"E"}\n{"id":"c@b","error":"F"}\n')],
      "errors.jsonl",
      readFailures,
    ),
    ofFile(
      "run.json",
      [text(JSON.stringify(run))],
      "run.json",
      (folder) => Effect.scoped(Journal.open(folder, { config: run.config, schema: Sample })),
    ),
    ofFile(
      "results.json",
      [text(JSON.stringify(summarise("made", [SAMPLE])))],
      "results.json",
      (folder) => readRun(folder),
      { "run.json": text(JSON.stringify(run)) },
    ),
    ...tasks.map(([name, task]) =>
      ofFile(
        `dataset ${name}`,
        DATASETS[name]!,
        "data.jsonl",
        (folder) => Stream.runDrain(examples(task, { path: `${folder}/data.jsonl` })),
      )
    ),
    ...dataReaders(textTask),
    {
      name: "chat template",
      seeds: [
        "{{ bos_token }}{% for m in messages %}{{ '<' + m['role'] + '>' + m.content | trim }}{% endfor %}",
        "{%- if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif -%}{{ messages | length }}",
      ].map(text),
      read: (input) => {
        const chat = {
          template: new TextDecoder().decode(input),
          bosToken: "<s>",
          eosToken: "</s>",
        };
        const prompt = { prefix: "", text: "How many?", addSpecialTokens: true };
        return Either.flatMap(inChat(chat), (write) => write(prompt));
      },
    },
    grader("text", textTask, "7"),
    grader("number", tasks.find(([name]) => name === "gsm8k")![1], "7"),
    grader("choice", tasks.find(([name]) => name === "aqua")![1], "B"),
    grader("math", math, "\\frac{\\sqrt{3}}{2}"),
  ] as const satisfies readonly Reader[];
});
