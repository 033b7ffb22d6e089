/**
 * Sampling of the next token by temperature and nucleus (Holtzman et al. 2020), reproducible by its seed.
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

/** A sampler with its own stream of random numbers. */
export function sampler({ temperature, topP, seed }: Sampling): Sampler {
  const random = new PCGRandom(seed);
  let weights = new Float64Array(0);
  // plain loops: this runs for every token of every row, over the whole vocabulary
  return (logits) => {
    if (weights.length !== logits.length) weights = new Float64Array(logits.length);
    let heaviest = 0;
    for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[heaviest]!) heaviest = i;
    const largest = logits[heaviest]!;
    let [total, modelTotal] = [0, 0];
    for (let i = 0; i < logits.length; i++) {
      const less = logits[i]! - largest;
      modelTotal += Math.exp(less);
      total += weights[i] = Math.exp(less / temperature);
    }
    const nucleus = topP < 1 ? nucleusOf(weights, total, topP) : { tokens: weights.keys(), total };
    const token = drawn(nucleus, weights, random.number()) ?? heaviest;
    return { token, logProbability: logits[token]! - largest - Math.log(modelTotal) };
  };
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
