/**
 * Runs of whole texts, made alone: saliency of a generated rationale, the gradient for the soft prompt, and hidden states of a question.
 *
 * @module
 */
import { Effect } from "effect";
import type { Tensor } from "../../runtime/mod.ts";
import type { DecodingContext } from "./decoding.ts";
import type {
  Divergence,
  DivergenceRequest,
  EngineError,
  HiddenStates,
  HiddenStatesRequest,
  Prefix,
  PromptGradient,
  PromptGradientRequest,
  SaliencyRequest,
  SaliencyResult,
} from "./engine.ts";
import {
  attention as attentionGraph,
  distributions as distributionsGraph,
  hiddenStates as hiddenStatesGraph,
  type LossSizes,
  promptGradient as promptGradientGraph,
  promptLoss as promptLossGraph,
  saliency as saliencyGraph,
} from "../graph/mod.ts";
import {
  keysValuesOf,
  ownKeysValues,
  prefixFeeds,
  vectorsOf,
  virtualTokensOf,
} from "./cache/mod.ts";
import { floatTensor, idsTensor, int64Tensor, promptFeed } from "../graph/mod.ts";
import { prefixLength } from "./prefixes.ts";

/**
 * Measures saliency. The prefix enters as constants: no gradient passes through it. One request a run: the products of a shared run
 * would gain a tenth at most, and their last bits would depend on what else is in the batch where the model is narrow and threads are several.
 */
export function runSaliency(
  context: DecodingContext,
  request: SaliencyRequest,
): Effect.Effect<SaliencyResult, EngineError> {
  const { config, runner, prefixes, positions } = context;
  const { prefix, questionIds, rationaleIds, loss = "mean", maps = false } = request;
  const { attention = false } = request;
  const tokens = questionIds.length + rationaleIds.length;
  const cache = prefixLength(config, prefix);
  const promptColumns = virtualTokensOf(config, prefix.prompt);
  const sizes = sizesOfOne(cache);
  return Effect.gen(function* () {
    const outputs = yield* runner.run(
      {
        key: `${attention ? "attention" : "saliency"} c${cache} n${promptColumns} ${maps}`,
        build: (weights) =>
          (attention ? attentionGraph : saliencyGraph)(config, sizes, weights, {
            promptColumns,
            maps,
          }),
        kind: "saliency",
      },
      {
        ...positions.of([{ cached: cache, hidden: prefix.prompt.hidden }], tokens, cache),
        ...prefixFeeds(config, yield* prefixes.get(prefix, cache + tokens)),
        ids: idsTensor([[...questionIds, ...rationaleIds]], tokens),
        ...(attention ? {} : lossFeeds([{
          first: questionIds.length - 1,
          labels: rationaleIds,
          weight: loss === "sum" ? 1 : 1 / rationaleIds.length,
        }])),
        ...pairFeeds(questionIds.length, rationaleIds.length, tokens),
      },
    );
    return saliencyOf(request, config.layers, promptColumns, outputs);
  });
}

/** Sizes of one text after a prefix of so many cached positions. */
const sizesOfOne = (cache: number): LossSizes => ({
  batch: 1,
  tokens: "tokens",
  virtualTokens: 0,
  cache,
  predictions: "predictions",
});

function saliencyOf(
  request: SaliencyRequest,
  layers: number,
  promptColumns: number,
  outputs: Readonly<Record<string, Tensor>>,
): SaliencyResult {
  const of = (name: string) =>
    outputs[name]?.data as Float32Array | undefined ?? new Float32Array(0);
  return {
    layers,
    questionRows: request.questionIds.length,
    rationaleRows: request.rationaleIds.length,
    virtualTokens: promptColumns,
    promptFlow: of("promptFlow"),
    questionToRationale: of("questionToRationale"),
    rationaleToRationale: of("rationaleToRationale"),
    logProbabilities: of("logProbabilities"),
    ...(request.maps ? { maps: of("maps") } : {}),
  };
}

/** Compares the distributions of what follows a question after two prefixes, a forward pass each. */
export function runDivergence(
  context: DecodingContext,
  { prefix, against, questionIds, rationaleIds }: DivergenceRequest,
): Effect.Effect<Divergence, EngineError> {
  const { config, runner, prefixes, positions } = context;
  const tokens = questionIds.length + rationaleIds.length;
  const scoresBehind = (prefix: Prefix) =>
    Effect.gen(function* () {
      const cache = prefixLength(config, prefix);
      const sizes = sizesOfOne(cache);
      const { logits } = yield* runner.run(
        {
          key: `distributions c${cache}`,
          build: (weights) => distributionsGraph(config, sizes, weights),
          kind: "saliency",
        },
        {
          ...positions.of([{ cached: cache, hidden: prefix.prompt.hidden }], tokens, cache),
          ...prefixFeeds(config, yield* prefixes.get(prefix, cache + tokens)),
          ids: idsTensor([[...questionIds, ...rationaleIds]], tokens),
          rows: int64Tensor(rationaleIds.map((_, t) => questionIds.length - 1 + t)),
        },
      );
      return logits!.data as Float32Array;
    });
  return Effect.gen(function* () {
    const [p, q] = [yield* scoresBehind(prefix), yield* scoresBehind(against)];
    const width = config.vocabSize;
    const row = (scores: Float32Array, t: number) => scores.subarray(t * width, (t + 1) * width);
    return {
      perToken: Float32Array.from(rationaleIds, (_, t) => klDivergence(row(p, t), row(q, t))),
    };
  });
}

/** KL of the softmax of scores p from that of scores q, in nats. */
function klDivergence(p: Float32Array, q: Float32Array): number {
  const [pTotal, qTotal] = [logSumExp(p), logSumExp(q)];
  let sum = 0;
  for (let v = 0; v < p.length; v++) {
    const logP = p[v]! - pTotal;
    sum += Math.exp(logP) * (logP - (q[v]! - qTotal));
  }
  return Math.max(0, sum);
}

function logSumExp(scores: Float32Array): number {
  const most = scores.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - most);
  return most + Math.log(sum);
}

/** What of a text is predicted: `labels` by the positions of the batch from `first` on, each counting `weight`. */
interface LossRow {
  readonly first: number;
  readonly labels: readonly number[];
  readonly weight: number;
}

/** Feeds of the loss. */
function lossFeeds(rows: readonly LossRow[]): Record<string, Tensor> {
  return {
    rows: int64Tensor(rows.flatMap(({ first, labels }) => labels.map((_, t) => first + t))),
    labels: int64Tensor(rows.flatMap(({ labels }) => labels)),
    weights: floatTensor(
      Float32Array.from(rows.flatMap(({ labels, weight }) => labels.map(() => weight))),
    ),
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

/** Loss and gradient of a batch of texts under one soft prompt, each row padded to the longest text. */
export function runPromptGradient(
  { config, runner, positions }: DecodingContext,
  { method = "prompt", vectors, texts, tokenWeight, lossOnly = false }: PromptGradientRequest,
): Effect.Effect<PromptGradient, EngineError> {
  const prompt = { method, vectors };
  const n = virtualTokensOf(config, prompt);
  const own = ownKeysValues(config, prompt);
  const [virtualTokens, cache] = own === undefined ? [n, 0] : [0, n];
  const tokens = Math.max(...texts.map(({ ids }) => ids.length));
  const width = virtualTokens + tokens;
  const sizes: LossSizes = {
    batch: "batch",
    tokens: "tokens",
    virtualTokens,
    cache,
    sharedCache: true,
    predictions: "predictions",
  };
  return Effect.map(
    runner.run(
      {
        key: `${lossOnly ? "loss" : "tune"} n${virtualTokens} c${cache}`,
        build: (weights) =>
          (lossOnly ? promptLossGraph : promptGradientGraph)(config, sizes, weights),
        kind: "tuning",
      },
      {
        ...positions.of(
          texts.map(({ ids }) => ({ cached: cache, hidden: [], length: n + ids.length })),
          width,
          cache,
        ),
        ...promptFeed(config, prompt),
        ...prefixFeeds(config, own),
        ids: idsTensor(texts.map(({ ids }) => ids), tokens),
        ...lossFeeds(
          texts.map(({ ids, from }, b) => ({
            first: b * width + virtualTokens + from - 1,
            labels: ids.slice(from),
            weight: tokenWeight,
          })),
        ),
      },
    ),
    (outputs) => ({
      loss: (outputs["loss"]!.data as Float32Array)[0]!,
      gradient: lossOnly
        ? new Float32Array(0)
        : own === undefined
        ? outputs["promptGradient"]!.data as Float32Array
        : vectorsOf(config, keysValuesOf(outputs, config.layers, 0)),
    }),
  );
}

/** Hidden states of a text's last token, read as far as the last layer asked for. */
export function runHiddenStates(
  { config, runner, prefixes, positions }: DecodingContext,
  { prefix, ids, layers }: HiddenStatesRequest,
): Effect.Effect<HiddenStates, EngineError> {
  const cache = prefixLength(config, prefix);
  const sizes = { batch: 1, tokens: "tokens", virtualTokens: 0, cache };
  return Effect.gen(function* () {
    const outputs = yield* runner.run(
      {
        key: `hidden states c${cache} ${layers.join()}`,
        build: (weights) => hiddenStatesGraph(config, sizes, weights, layers),
        kind: "read",
      },
      {
        ...positions.of([{ cached: cache, hidden: prefix.prompt.hidden }], ids.length, cache),
        ...prefixFeeds(config, yield* prefixes.get(prefix, cache + ids.length)),
        ids: idsTensor([ids], ids.length),
        rows: int64Tensor([ids.length - 1]),
      },
    );
    return { states: layers.map((l) => outputs[`state.${l}`]!.data as Float32Array) };
  });
}
