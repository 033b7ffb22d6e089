/**
 * The graphs that are run, each the decoder of {@linkcode ./decoder.ts} with other sizes and outputs.
 *
 * @module
 */
import { gradient } from "../../autodiff/mod.ts";
import { Graph, Op, plus, type Size, type Value } from "../../onnx/mod.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import { type DecoderSizes, positionsOf } from "./decoder_sizes.ts";
import { type Decoder, decoder, logits } from "./decoder.ts";
import type { Weights } from "./weights.ts";

/**
 * Reads new positions and predicts what follows some of them: prefill with many positions, decode with one in each row.
 *
 * Inputs: those of the decoder and, of many positions, `rows` [R], the flat indices (row * S + position) of those that predict.
 * Outputs: `key.L`, `value.L` of the new positions; `token` [R], the most likely next token; `probability` [R] of it;
 * `logits` [R, V] where asked for. In decode R is B. Of counted sizes the outputs are not the new keys and values but all of them, `cached_key.L` and
 * `cached_value.L` [B, kv, C, D].
 *
 * @param options `logits`: whether to give the logits out, for sampling; `predictions`: R, B by default
 */
export function nextToken(
  config: DecoderConfig,
  sizes: DecoderSizes,
  weights: Weights,
  options: { readonly logits: boolean; readonly predictions?: Size },
): Graph.Graph {
  const rows = positionsOf(sizes) === 1
    ? undefined
    : Graph.input("rows", "i64", [options.predictions ?? sizes.batch]);
  const model = decoder(config, sizes, weights, rows);
  const scores = logits(config, weights, model.hidden);
  return {
    outputs: {
      token: Op.argMax(scores, 1),
      // by Softmax, whose kernel treats every row alike: those of Log and ReduceSum depend on a row's place in the batch
      probability: Op.reduceMax(Op.softmax(scores), [1]),
      ...(options.logits ? { logits: scores } : {}),
      ...(sizes.counted ? cachedKeysAndValues(model) : keysAndValues(model.layers)),
    },
  };
}

/** Computes keys and values alone, for a prefix that nothing is predicted after. Outputs `key.L` and `value.L`. */
export function prefix(
  config: DecoderConfig,
  sizes: DecoderSizes,
  weights: Weights,
): Graph.Graph {
  return { outputs: keysAndValues(decoder(config, sizes, weights).layers) };
}

/**
 * What some layers make of one position, for a classifier that reads it. Layers after the last one asked for are not computed.
 *
 * Inputs: those of the decoder, and `rows` [1], the flat index of the position. Outputs: `state.L` [1, d] of each layer L asked for.
 */
export function hiddenStates(
  config: DecoderConfig,
  sizes: DecoderSizes,
  weights: Weights,
  layers: readonly number[],
): Graph.Graph {
  const { states } = decoder(config, sizes, weights, Graph.input("rows", "i64", [1]));
  return { outputs: Object.fromEntries(layers.map((l) => [`state.${l}`, states[l]!])) };
}

function keysAndValues(
  layers: readonly Readonly<Record<"key" | "value", Value>>[],
): Record<string, Value> {
  return Object.fromEntries(
    layers.flatMap(({ key, value }, l) => [[`key.${l}`, key], [`value.${l}`, value]]),
  );
}

function cachedKeysAndValues({ layers }: Decoder): Record<string, Value> {
  return Object.fromEntries(
    layers.flatMap(({ cached }, l) => [
      [`cached_key.${l}`, cached!.key],
      [`cached_value.${l}`, cached!.value],
    ]),
  );
}

/** Sizes of a graph with a loss. */
export interface LossSizes extends DecoderSizes {
  /** R rows of the batch's hidden states that predict a token of the rationale (padding included). */
  readonly predictions: Size;
}

/** The decoder, the loss of a batch, and the log-probability of each predicted token. */
interface Loss {
  readonly model: Decoder;
  readonly loss: Value;
  readonly logProbabilities: Value;
}

/**
 * Weighted cross-entropy of teacher-forced tokens.
 *
 * Inputs: those of the decoder, `rows` [R] flat indices of the hidden states that predict, `labels` [R], `weights` [R] (1 / T for the mean over T tokens, 0
 * for padding).
 */
function crossEntropy(config: DecoderConfig, sizes: LossSizes, weights: Weights): Loss {
  const { predictions } = sizes;
  const rows = Graph.input("rows", "i64", [predictions]);
  const labels = Graph.input("labels", "i64", [predictions]);
  const each = Graph.input("weights", "f32", [predictions]);
  const model = decoder(config, { ...sizes, perHead: true }, weights, rows);
  const scores = logits(config, weights, model.hidden);
  const { negativeLogLikelihood } = Op.softmaxCrossEntropyLoss(scores, labels);
  return {
    model,
    loss: Op.reduceSum(Op.mul(negativeLogLikelihood, each), [0]),
    logProbabilities: Op.neg(negativeLogLikelihood),
  };
}

/**
 * Saliency of attention, I_l = |sum_h A_(h,l) (.) dL/dA_(h,l)| (lib/dpc/README.md, Eq. 1), with the soft prompt as constants in the
 * cache. Rows of the batch are independent, so one backward pass serves them all.
 *
 * Inputs: those of {@linkcode crossEntropy}, and `questionPairs`, `rationalePairs` [B, S, S], what each pair counts in
 * the means S_qr and S_rr.
 * Outputs: `promptFlow` [B, L, S, n] columns of the soft prompt, which are the first n, where there is one; `questionToRationale`,
 * `rationaleToRationale` [B, L]; `logProbabilities` [R]; `maps` [B, L, S, C + S] where asked for.
 *
 * @param options `promptColumns`: n; `maps`: whether to give the full maps out, for figures
 */
export function saliency(
  config: DecoderConfig,
  sizes: LossSizes,
  weights: Weights,
  options: { readonly promptColumns: number; readonly maps: boolean },
): Graph.Graph {
  const { model, loss, logProbabilities } = crossEntropy(config, sizes, weights);
  const probabilities = model.layers.map((layer) => layer.probabilities);
  const gradients = gradient(loss, probabilities);
  // the same product as in the gradient of the softmax, in the same order: ONNX Runtime computes it once
  const maps = probabilities.map((a, l) => Op.abs(Op.reduceSum(Op.mul(gradients[l]!, a), [1, 3])));
  return { outputs: { logProbabilities, ...reduced(maps, sizes, options) } };
}

/** What of maps [B, S, C + S] of the layers is asked for: the outputs of {@linkcode saliency} but log-probabilities. */
function reduced(
  maps: readonly Value[],
  sizes: DecoderSizes,
  { promptColumns, maps: whole }: { readonly promptColumns: number; readonly maps: boolean },
): Record<string, Value> {
  const { batch, cache } = sizes;
  const positions = positionsOf(sizes);
  const pairs = (name: string) => {
    const share = Graph.input(name, "f32", [batch, positions, positions]);
    return stack(
      maps.map((map) =>
        Op.reduceSum(Op.mul(Op.slice(map, 2, cache, plus(cache, positions)), share), [1, 2])
      ),
    );
  };
  return {
    ...(promptColumns > 0
      ? { promptFlow: stack(maps.map((map) => Op.slice(map, 2, 0, promptColumns))) }
      : {}),
    questionToRationale: pairs("questionPairs"),
    rationaleToRationale: pairs("rationalePairs"),
    ...(whole ? { maps: stack(maps) } : {}),
  };
}

/**
 * Attention in the place of saliency, its mean over heads: a forward pass alone.
 *
 * Inputs: those of the decoder, `questionPairs` and `rationalePairs`; outputs as of {@linkcode saliency}, without log-probabilities.
 */
export function attention(
  config: DecoderConfig,
  sizes: DecoderSizes,
  weights: Weights,
  options: { readonly promptColumns: number; readonly maps: boolean },
): Graph.Graph {
  const { layers } = decoder(config, sizes, weights);
  const maps = layers.map(({ probabilities }) => Op.reduceMean(probabilities, [1, 3]));
  return { outputs: reduced(maps, sizes, options) };
}

/** Scores of the next token after `rows` [R], flat indices of hidden states. Outputs: `logits` [R, V]. */
export function distributions(
  config: DecoderConfig,
  sizes: LossSizes,
  weights: Weights,
): Graph.Graph {
  const rows = Graph.input("rows", "i64", [sizes.predictions]);
  const { hidden } = decoder(config, sizes, weights, rows);
  return { outputs: { logits: logits(config, weights, hidden) } };
}

/** Stacks values [B, ...s] of the layers to [B, L, ...s]. */
function stack(layers: readonly Value[]): Value {
  return Op.concat(
    layers.map((x) => Op.reshape(x, [x.shape[0]!, 1, ...x.shape.slice(1)])),
    1,
  );
}

/** Loss under a soft prompt alone. Outputs: `loss` [], summed over the batch. */
export const promptLoss = (
  config: DecoderConfig,
  sizes: LossSizes,
  weights: Weights,
): Graph.Graph => ({ outputs: { loss: crossEntropy(config, sizes, weights).loss } });

/**
 * Loss and its gradient for the soft prompt, for prompt tuning, or for keys and values of the cache, for prefix tuning.
 *
 * Outputs: `loss` []; `promptGradient` [n, d], summed over the batch, or gradients `key.L` and `value.L`, each like `past_key.L`.
 */
export function promptGradient(
  config: DecoderConfig,
  sizes: LossSizes,
  weights: Weights,
): Graph.Graph {
  const { model, loss } = crossEntropy(config, sizes, weights);
  const tuned: Record<string, Value> = model.prompt === undefined
    ? keysAndValues(model.layers.map(({ past }) => past!))
    : { promptGradient: model.prompt };
  const gradients = gradient(loss, Object.values(tuned));
  return {
    outputs: {
      loss,
      ...Object.fromEntries(Object.keys(tuned).map((name, i) => [name, gradients[i]!])),
    },
  };
}
