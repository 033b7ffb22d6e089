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
import { floatTensor, idsTensor } from "./position_feeds.ts";
import { prefixLength } from "./prefixes.ts";

/** Sizes that decide which compiled graph serves a saliency request; requests with equal keys can share a batch. */
export interface SaliencySizes {
  readonly tokens: number;
  readonly predictions: number;
  readonly cache: number;
  readonly promptColumns: number;
  readonly maps: boolean;
}

/** The sizes of a request, by its own lengths alone. */
export function saliencySizes(
  context: Pick<DecodingContext, "config">,
  request: SaliencyRequest,
): SaliencySizes {
  return {
    tokens: lossBucket(request.questionIds.length + request.rationaleIds.length),
    predictions: lossBucket(request.rationaleIds.length),
    cache: prefixLength(context.config, request.prefix),
    promptColumns: request.prefix.vectors.length / context.config.hiddenSize,
    maps: request.maps ?? false,
  };
}

/**
 * Measures saliency for requests of equal sizes in one run. The prefix enters as constants: no gradient passes through it.
 *
 * @param requests all with the same {@linkcode saliencySizes}
 */
export function runSaliency(
  context: DecodingContext,
  sizes: SaliencySizes,
  requests: readonly SaliencyRequest[],
): Effect.Effect<readonly SaliencyResult[], EngineError> {
  const { config, runner, prefixes, positions } = context;
  const { tokens, predictions, cache, promptColumns, maps } = sizes;
  const batch = requests.length;
  const graphSizes: LossSizes = {
    batch,
    tokens,
    virtualTokens: 0,
    cache,
    predictions: batch * predictions,
  };
  return Effect.gen(function* () {
    const computed = yield* Effect.forEach(requests, ({ prefix }) => prefixes.get(prefix));
    const outputs = yield* runner.run(
      {
        key: `saliency b${batch} t${tokens} r${predictions} c${cache} n${promptColumns} ${maps}`,
        build: (weights) => saliencyGraph(config, graphSizes, weights, { promptColumns, maps }),
        gradient: true,
      },
      {
        ...positions.of(
          requests.map(({ prefix }) => ({ cached: cache, hidden: prefix.hidden })),
          tokens,
          cache,
        ),
        ...prefixFeeds(config, computed),
        ids: idsTensor(
          requests.map(({ questionIds, rationaleIds }) => [...questionIds, ...rationaleIds]),
          tokens,
        ),
        ...lossFeeds(
          requests.map(({ questionIds, rationaleIds }) => ({
            first: questionIds.length - 1,
            labels: rationaleIds,
            weight: 1 / rationaleIds.length,
          })),
          { positions: tokens, predictions },
        ),
        ...pairFeeds(requests, tokens),
      },
    );
    return requests.map((request, b) => saliencyOf(request, sizes, outputs, b, config.layers));
  });
}

function saliencyOf(
  request: SaliencyRequest,
  { predictions, promptColumns, tokens, cache }: SaliencySizes,
  outputs: Readonly<Record<string, Tensor>>,
  b: number,
  layers: number,
): SaliencyResult {
  const questionRows = request.questionIds.length;
  const rationaleRows = request.rationaleIds.length;
  const rows = questionRows + rationaleRows;
  const of = (name: string): Float32Array => {
    const data = outputs[name]?.data as Float32Array | undefined ?? new Float32Array(0);
    const size = data.length / (outputs[name]?.shape[0] ?? 1);
    return data.subarray(b * size, (b + 1) * size);
  };
  const withoutPadding = (all: Float32Array, width: number, columns: number): Float32Array => {
    const kept = new Float32Array(layers * rows * columns);
    for (let row = 0; row < layers * rows; row++) {
      const source = (Math.floor(row / rows) * tokens + row % rows) * width;
      kept.set(all.subarray(source, source + columns), row * columns);
    }
    return kept;
  };
  const logProbabilities = (outputs["logProbabilities"]!.data as Float32Array)
    .slice(b * predictions, b * predictions + rationaleRows);
  return {
    layers,
    questionRows,
    rationaleRows,
    virtualTokens: promptColumns,
    promptFlow: withoutPadding(of("promptFlow"), promptColumns, promptColumns),
    questionToRationale: of("questionToRationale").slice(),
    rationaleToRationale: of("rationaleToRationale").slice(),
    logProbabilities,
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

/** What each pair (i, j) counts in the means S_qr (i in R, j in Q) and S_rr (i, j in R, j < i); [B, T, T]. */
function pairFeeds(requests: readonly SaliencyRequest[], tokens: number): Record<string, Tensor> {
  const shape = [requests.length, tokens, tokens];
  const question = new Float32Array(requests.length * tokens * tokens);
  const rationale = new Float32Array(requests.length * tokens * tokens);
  requests.forEach(({ questionIds: { length: q }, rationaleIds: { length: r } }, b) => {
    for (let i = q; i < q + r; i++) {
      const start = (b * tokens + i) * tokens;
      question.fill(1 / (q * r), start, start + q);
      if (r > 1) rationale.fill(2 / (r * (r - 1)), start + q, start + i);
    }
  });
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
        gradient: true,
      },
      {
        ...positions.of(texts.map(() => ({ cached: 0, hidden: [] })), width, 0),
        prompt: floatTensor(vectors, [virtualTokens, config.hiddenSize]),
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
