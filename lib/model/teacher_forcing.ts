/**
 * Runs with a loss: saliency of a generated rationale, and the gradient for the soft prompt.
 *
 * @module
 */
import { Effect } from "effect";
import type { Tensor } from "../runtime/mod.ts";
import { lossBucket } from "./buckets.ts";
import type { DecodingContext } from "./decoding.ts";
import type {
  EngineError,
  PromptGradient,
  PromptGradientRequest,
  SaliencyRequest,
  SaliencyResult,
} from "./engine.ts";
import {
  type LossSizes,
  promptGradient as promptGradientGraph,
  saliency as saliencyGraph,
} from "./graphs.ts";
import { prefixFeeds } from "./kv_cache.ts";
import { floatTensor, idsTensor, promptFeed } from "./position_feeds.ts";
import { prefixLength } from "./prefixes.ts";

/**
 * Measures saliency. The prefix enters as constants: no gradient passes through it. One request a run: the products of a shared run
 * would gain a tenth at most, and their last bits would depend on the company where the model is narrow and threads are several.
 */
export function runSaliency(
  context: DecodingContext,
  request: SaliencyRequest,
): Effect.Effect<SaliencyResult, EngineError> {
  const { config, runner, prefixes, positions } = context;
  const { prefix, questionIds, rationaleIds, maps = false } = request;
  const tokens = lossBucket(questionIds.length + rationaleIds.length);
  const predictions = lossBucket(rationaleIds.length);
  const cache = prefixLength(config, prefix);
  const promptColumns = prefix.vectors.length / config.hiddenSize;
  const sizes: LossSizes = { batch: 1, tokens, virtualTokens: 0, cache, predictions };
  return Effect.gen(function* () {
    const outputs = yield* runner.run(
      {
        key: `saliency t${tokens} r${predictions} c${cache} n${promptColumns} ${maps}`,
        build: (weights) => saliencyGraph(config, sizes, weights, { promptColumns, maps }),
        kind: "gradient",
      },
      {
        ...positions.of([{ cached: cache, hidden: prefix.hidden }], tokens, cache),
        ...prefixFeeds(config, yield* prefixes.get(prefix)),
        ids: idsTensor([[...questionIds, ...rationaleIds]], tokens),
        ...lossFeeds(
          [{
            first: questionIds.length - 1,
            labels: rationaleIds,
            weight: 1 / rationaleIds.length,
          }],
          { positions: tokens, predictions },
        ),
        ...pairFeeds(questionIds.length, rationaleIds.length, tokens),
      },
    );
    return saliencyOf(request, { layers: config.layers, promptColumns, tokens, cache }, outputs);
  });
}

function saliencyOf(
  request: SaliencyRequest,
  { layers, promptColumns, tokens, cache }: {
    readonly layers: number;
    readonly promptColumns: number;
    readonly tokens: number;
    readonly cache: number;
  },
  outputs: Readonly<Record<string, Tensor>>,
): SaliencyResult {
  const questionRows = request.questionIds.length;
  const rationaleRows = request.rationaleIds.length;
  const rows = questionRows + rationaleRows;
  const of = (name: string) =>
    outputs[name]?.data as Float32Array | undefined ?? new Float32Array(0);
  const withoutPadding = (all: Float32Array, width: number, columns: number): Float32Array => {
    const kept = new Float32Array(layers * rows * columns);
    for (let row = 0; row < layers * rows; row++) {
      const source = (Math.floor(row / rows) * tokens + row % rows) * width;
      kept.set(all.subarray(source, source + columns), row * columns);
    }
    return kept;
  };
  return {
    layers,
    questionRows,
    rationaleRows,
    virtualTokens: promptColumns,
    promptFlow: withoutPadding(of("promptFlow"), promptColumns, promptColumns),
    questionToRationale: of("questionToRationale"),
    rationaleToRationale: of("rationaleToRationale"),
    logProbabilities: of("logProbabilities").slice(0, rationaleRows),
    ...(request.maps ? { maps: withoutPadding(of("maps"), cache + tokens, cache + rows) } : {}),
  };
}

/** What of a row is predicted: `labels` by the positions from `first` on, each counting `weight`. */
interface LossRow {
  readonly first: number;
  readonly labels: readonly number[];
  readonly weight: number;
}

/** Feeds of the loss, each row padded to `predictions` entries of weight 0. */
function lossFeeds(
  rows: readonly LossRow[],
  sizes: { readonly positions: number; readonly predictions: number },
): Record<string, Tensor> {
  const size = rows.length * sizes.predictions;
  const [at, labels] = [new BigInt64Array(size), new BigInt64Array(size)];
  const weights = new Float32Array(size);
  rows.forEach((row, b) => {
    const start = b * sizes.predictions;
    at.fill(BigInt(b * sizes.positions), start, start + sizes.predictions);
    row.labels.forEach((label, t) => {
      at[start + t] = BigInt(b * sizes.positions + row.first + t);
      labels[start + t] = BigInt(label);
      weights[start + t] = row.weight;
    });
  });
  return {
    rows: { dtype: "i64", shape: [size], data: at },
    labels: { dtype: "i64", shape: [size], data: labels },
    weights: floatTensor(weights),
  };
}

/**
 * What each pair (i, j) counts in the means S_qr (i in R, j in Q) and S_rr (i, j in R, j < i); [1, T, T].
 *
 * @param q tokens of the question
 * @param r tokens of the rationale
 */
function pairFeeds(q: number, r: number, tokens: number): Record<string, Tensor> {
  const question = new Float32Array(tokens * tokens);
  const rationale = new Float32Array(tokens * tokens);
  for (let i = q; i < q + r; i++) {
    const start = i * tokens;
    question.fill(1 / (q * r), start, start + q);
    if (r > 1) rationale.fill(2 / (r * (r - 1)), start + q, start + i);
  }
  const shape = [1, tokens, tokens];
  return {
    questionPairs: floatTensor(question, shape),
    rationalePairs: floatTensor(rationale, shape),
  };
}

/** Loss and gradient of a batch of texts under one soft prompt, each row padded to the longest text's bucket. */
export function runPromptGradient(
  { config, runner, positions }: DecodingContext,
  { vectors, texts, tokenWeight }: PromptGradientRequest,
): Effect.Effect<PromptGradient, EngineError> {
  const virtualTokens = vectors.length / config.hiddenSize;
  const tokens = lossBucket(Math.max(...texts.map(({ ids }) => ids.length)));
  const predictions = lossBucket(Math.max(...texts.map(({ ids, from }) => ids.length - from)));
  const width = virtualTokens + tokens;
  const sizes: LossSizes = {
    batch: texts.length,
    tokens,
    virtualTokens,
    cache: 0,
    predictions: texts.length * predictions,
  };
  return Effect.map(
    runner.run(
      {
        key: `tune b${texts.length} t${tokens} r${predictions} n${virtualTokens}`,
        build: (weights) => promptGradientGraph(config, sizes, weights),
        kind: "gradient",
      },
      {
        ...positions.of(texts.map(() => ({ cached: 0, hidden: [] })), width, 0),
        ...promptFeed(config, vectors),
        ids: idsTensor(texts.map(({ ids }) => ids), tokens),
        ...lossFeeds(
          texts.map(({ ids, from }) => ({
            first: virtualTokens + from - 1,
            labels: ids.slice(from),
            weight: tokenWeight,
          })),
          { positions: width, predictions },
        ),
      },
    ),
    (outputs) => ({
      loss: (outputs["loss"]!.data as Float32Array)[0]!,
      gradient: outputs["promptGradient"]!.data as Float32Array,
    }),
  );
}
