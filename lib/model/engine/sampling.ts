/**
 * How the next token is chosen. Contrast of two streams of the same text, after one prefix and after another, is as contrastive decoding has
 * it (Li et al. 2023; Shi et al. 2024). Sampling is by temperature, the likeliest tokens and nucleus (Holtzman et al. 2020), reproducible by its seed. The order is that
 * of transformers: repetition penalty, temperature, top-k, top-p.
 *
 * @module
 */
import { PCGRandom } from "effect/Utils";
import type { Tensor } from "../../runtime/mod.ts";
import type { Contrast, GenerateRequest, Sampling } from "./engine.ts";

/** A token, and its log-probability at temperature 1: the model's own, or by logits that are contrasted. */
export interface Choice {
  readonly token: number;
  readonly logProbability: number;
}

/** Chooses a token from logits [V]. */
export type Sampler = (logits: Float32Array) => Choice;

/** What a graph gives out. */
export type Outputs = Readonly<Record<string, Tensor>>;

/** What a graph says of one position. */
export interface Prediction {
  readonly outputs: Outputs;
  readonly row: number;
}

/** The next token of a stream, by its own prediction and that of the stream that it is contrasted with. */
export function choice(
  { request: { contrast }, sampler }: {
    readonly request: Pick<GenerateRequest, "contrast">;
    readonly sampler: Sampler | undefined;
  },
  own: Prediction,
  other: Prediction | undefined,
): Choice {
  const logits = contrast && other && contrasted(logitsOf(own), logitsOf(other), contrast);
  if (logits !== undefined) return (sampler ?? GREEDY)(logits);
  if (sampler !== undefined) return sampler(logitsOf(own));
  const { outputs, row } = own;
  return {
    token: Number((outputs["token"]!.data as BigInt64Array)[row]),
    logProbability: Math.log((outputs["probability"]!.data as Float32Array)[row]!),
  };
}

function logitsOf({ outputs, row }: Prediction): Float32Array {
  const { data, shape } = outputs["logits"]!;
  const width = shape[1]!;
  return (data as Float32Array).subarray(row * width, (row + 1) * width);
}

/**
 * (1 + a) z - a z', of logits z with the prompt and z' without it; `undefined` where z stays as it is, as a is 0 or KL(softmax z, softmax z')
 * is not above the threshold.
 *
 * @param logits z, [V]
 * @param against z', [V]
 */
export function contrasted(
  logits: Float32Array,
  against: Float32Array,
  { weight, threshold }: Pick<Contrast, "weight" | "threshold">,
): Float32Array | undefined {
  if (weight === 0 || !(divergence(logits, against) > threshold)) return undefined;
  return logits.map((z, i) => (1 + weight) * z - weight * against[i]!);
}

/** KL(softmax a, softmax b) in nats. */
function divergence(a: Float32Array, b: Float32Array): number {
  const [normA, normB] = [logSum(a), logSum(b)];
  let sum = 0;
  // plain loops: this runs for every token, over the whole vocabulary
  for (let i = 0; i < a.length; i++) {
    const own = a[i]! - normA;
    sum += Math.exp(own) * (own - (b[i]! - normB));
  }
  return sum;
}

function logSum(logits: Float32Array): number {
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, logits[i]!);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - largest);
  return largest + Math.log(sum);
}

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

/** The likeliest token. */
const GREEDY = sampler({ temperature: 0, topP: 1, seed: 0 });

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
