/**
 * What int8 costs of a model's likelihood: the log-likelihood of the rationales of GSM8K rows in float32 and in int8, row by row in turns.
 * `node --import tsx test/tools/drills/int8_perplexity.ts MODEL gsm8k/train.jsonl OUT.jsonl [--rows 200] [--skip 1000] [--threads 1]`. The same
 * command goes on where it stopped; at the end it prints the ratio of perplexities with its standard error.
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { Effect } from "effect";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { makeGraphRunner } from "../../../lib/model/engine/graph_runner.ts";
import {
  decoder,
  idsTensor,
  int64Tensor,
  logits,
  PositionFeeds,
  type Weights,
} from "../../../lib/model/graph/mod.ts";
import { Checkpoint, type DecoderConfig, prepareWeights } from "../../../lib/model/mod.ts";
import { Graph, Op } from "../../../lib/onnx/mod.ts";
import { load } from "../../../lib/tokenizer/mod.ts";

const { values, positionals: [model, data, out] } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: "string", default: "200" },
    skip: { type: "string", default: "1000" },
    threads: { type: "string", default: "1" },
  },
});
const [rows, skip, threads] = [Number(values.rows), Number(values.skip), Number(values.threads)];

/** What one way of computing says of a row. */
interface Reading {
  readonly nll: number;
  readonly top: readonly number[];
  readonly cpu: number;
}

interface Line {
  readonly i: number;
  readonly n: number;
  readonly f32: Reading;
  readonly int8: Reading;
}

const likelihood = (config: DecoderConfig) => (weights: Weights): Graph.Graph => {
  const sizes = { batch: 1, tokens: "tokens", virtualTokens: 0, cache: 0 };
  const predicting = Graph.input("rows", "i64", ["predictions"]);
  const labels = Graph.input("labels", "i64", ["predictions"]);
  const scores = logits(config, weights, decoder(config, sizes, weights, predicting).hidden);
  const { negativeLogLikelihood } = Op.softmaxCrossEntropyLoss(scores, labels);
  return { outputs: { nll: negativeLogLikelihood, top: Op.argMax(scores, 1) } };
};

const readLines = <A>(file: string): readonly A[] =>
  readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));

const program = Effect.gen(function* () {
  const tokenizer = yield* load(model!);
  const checkpoint = yield* Checkpoint.open(model!);
  const { config } = checkpoint;
  const positions = new PositionFeeds(config);
  const open = (quantization?: "int8") =>
    Effect.flatMap(
      prepareWeights(checkpoint, quantization),
      (weights) => makeGraphRunner(weights, { threads, keep: 1, keepGradients: 1 }),
    );
  const runners = { f32: yield* open(), int8: yield* open("int8") };
  const done = existsSync(out!) ? readLines(out!).length : 0;
  const all = readLines<{ readonly question: string; readonly answer: string }>(data!);
  for (const [i, { question, answer }] of all.slice(skip, skip + rows).entries()) {
    if (i < done) continue;
    const asked = tokenizer.encode(`Question: ${question}\nAnswer:`);
    const told = tokenizer.encode(` ${answer.replace(/<<.*?>>/g, "")}`);
    const ids = [...asked, ...told];
    const read = (runner: typeof runners.f32) =>
      Effect.gen(function* () {
        const before = process.cpuUsage();
        const { nll, top } = yield* runner.run(
          { key: "likelihood", kind: "read", build: likelihood(config) },
          {
            ...positions.of([{ cached: 0, hidden: [] }], ids.length, 0),
            ids: idsTensor([ids], ids.length),
            rows: int64Tensor(told.map((_, t) => asked.length - 1 + t)),
            labels: int64Tensor(told),
          },
        );
        const { user, system } = process.cpuUsage(before);
        return {
          nll: (nll!.data as Float32Array).reduce((sum, x) => sum + x, 0),
          top: Array.from(top!.data, Number),
          cpu: (user + system) / 1e3,
        } satisfies Reading;
      });
    const line: Line = {
      i,
      n: told.length,
      f32: yield* read(runners.f32),
      int8: yield* read(runners.int8),
    };
    appendFileSync(out!, `${JSON.stringify(line)}\n`);
  }
}).pipe(Effect.scoped, Effect.provide(NodeContext.layer));

function summarise(lines: readonly Line[]): string {
  const sum = (of: (line: Line) => number) => lines.reduce((total, line) => total + of(line), 0);
  const tokens = sum(({ n }) => n);
  const mean = sum(({ f32, int8 }) => int8.nll - f32.nll) / tokens;
  const squares = sum(({ n, f32, int8 }) => (int8.nll - f32.nll - mean * n) ** 2);
  const error = Math.sqrt(squares) / tokens;
  const same = sum(({ f32, int8 }) => f32.top.filter((id, t) => id === int8.top[t]).length);
  return `${lines.length} rows, ${tokens} tokens: nll ${
    (sum(({ f32 }) => f32.nll) / tokens).toFixed(4)
  } in float32, ` +
    `${(sum(({ int8 }) => int8.nll) / tokens).toFixed(4)} in int8; perplexity ${
      (100 * Math.expm1(mean)).toFixed(2)
    } % (standard error ${(100 * error).toFixed(2)}) higher; ` +
    `the same most likely token in ${
      (100 * same / tokens).toFixed(1)
    } %; processor time of a row ` +
    `${(sum(({ f32 }) => f32.cpu) / lines.length).toFixed(0)} and ${
      (sum(({ int8 }) => int8.cpu) / lines.length).toFixed(0)
    } ms`;
}

await Effect.runPromise(program);
console.log(summarise(readLines(out!)));
