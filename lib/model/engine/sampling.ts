/**
 * Sampling of the next token by temperature, the likeliest tokens and nucleus (Holtzman et al. 2020), reproducible by its seed. The order is that
 * of transformers: repetition penalty, temperature, top-k, top-p.
 *
 * @module
 */
import { PCGRandom } from "effect/Utils";
import type { Sampling } from "./engine.ts";

/** Chooses a token from logits [V]; the log-probability given is the model's own, at temperature 1. */
export type Sampler = (logits: Float32Array) => {
  readonly token: number;
  readonly logProbability: number;
};

/**
 * A sampler with its own stream of random numbers.
 *
 * @param read the text before the answer, for the repetition penalty
 */
export function sampler(sampling: Sampling, read: Iterable<number> = []): Sampler {
  const { temperature, topP, topK, repetitionPenalty = 1, seed } = sampling;
  const random = new PCGRandom(seed);
  const seen = new Set(repetitionPenalty === 1 ? [] : read);
  let weights = new Float64Array(0);
  // plain loops: this runs for every token of every row, over the whole vocabulary
  return (raw) => {
    const logits = penalised(raw, seen, repetitionPenalty);
    if (weights.length !== logits.length) weights = new Float64Array(logits.length);
    let heaviest = 0;
    for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[heaviest]!) heaviest = i;
    const largest = logits[heaviest]!;
    let [total, modelTotal] = [0, 0];
    for (let i = 0; i < logits.length; i++) {
      modelTotal += Math.exp(raw[i]! - largest);
      total += weights[i] = Math.exp((logits[i]! - largest) / temperature);
    }
    if (topK !== undefined && topK < weights.length) total = keepHeaviest(weights, topK);
    const nucleus = topP < 1 ? nucleusOf(weights, total, topP) : { tokens: weights.keys(), total };
    const token = temperature === 0
      ? heaviest
      : drawn(nucleus, weights, random.number()) ?? heaviest;
    if (repetitionPenalty !== 1) seen.add(token);
    return { token, logProbability: raw[token]! - largest - Math.log(modelTotal) };
  };
}

/** Logits with those of tokens that were there less likely (for penalties above 1). */
function penalised(logits: Float32Array, seen: ReadonlySet<number>, penalty: number): Float32Array {
  if (penalty === 1) return logits;
  const scores = logits.slice();
  for (const token of seen) {
    const score = scores[token]!;
    scores[token] = score > 0 ? score / penalty : score * penalty;
  }
  return scores;
}

/** Sets all weights to 0 that are less than the `count`-th; gives the sum of the others. */
function keepHeaviest(weights: Float64Array, count: number): number {
  // the heaviest so far, in falling order: few weights of a large vocabulary come into it
  const heaviest = new Float64Array(count);
  for (const weight of weights) {
    if (weight <= heaviest[count - 1]!) continue;
    let place = count - 1;
    for (; place > 0 && heaviest[place - 1]! < weight; place--) {
      heaviest[place] = heaviest[place - 1]!;
    }
    heaviest[place] = weight;
  }
  const least = heaviest[count - 1]!;
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i]! < least) weights[i] = 0;
    total += weights[i]!;
  }
  return total;
}

/** Tokens to draw from. */
interface Nucleus {
  readonly tokens: Iterable<number>;
  /** Sum of their weights. */
  readonly total: number;
}

/** The token at a share of the weights, in the order of the tokens; none where rounding leaves it beyond the last. */
function drawn(
  { tokens, total }: Nucleus,
  weights: Float64Array,
  share: number,
): number | undefined {
  let rest = share * total;
  for (const token of tokens) {
    rest -= weights[token]!;
    if (rest < 0) return token;
  }
  return undefined;
}

/** The least set of tokens that holds the share `topP` of all weights, the heaviest first. */
function nucleusOf(weights: Float64Array, total: number, topP: number): Nucleus {
  // all tokens lighter than this weigh less than what may be left out: only the few others need sorting
  const least = (1 - topP) * total / weights.length;
  const tokens: number[] = [];
  for (let i = 0; i < weights.length; i++) if (weights[i]! >= least) tokens.push(i);
  tokens.sort((a, b) => weights[b]! - weights[a]! || a - b);
  let mass = 0;
  const last = tokens.findIndex((token) => (mass += weights[token]!) >= topP * total);
  return { tokens: last < 0 ? tokens : tokens.slice(0, last + 1), total: mass };
}
