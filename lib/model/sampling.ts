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
  return (logits) => {
    const largest = logits.reduce((most, x) => Math.max(most, x), -Infinity);
    const logTotal = Math.log(logits.reduce((sum, x) => sum + Math.exp(x - largest), 0));
    const weights = Float64Array.from(logits, (x) => Math.exp((x - largest) / temperature));
    const nucleus = nucleusOf(weights, topP);
    let rest = random.number() * nucleus.reduce((sum, token) => sum + weights[token]!, 0);
    const token = nucleus.find((each) => (rest -= weights[each]!) < 0) ?? nucleus[0]!;
    return { token, logProbability: logits[token]! - largest - logTotal };
  };
}

/** The least set of tokens that holds the share `topP` of all weights, the heaviest first. */
function nucleusOf(weights: Float64Array, topP: number): readonly number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // All tokens lighter than this weigh less than what may be left out: only the few others need sorting
  const least = (1 - topP) * total / weights.length;
  const tokens = Array.from(weights.keys()).filter((token) => weights[token]! >= least)
    .sort((a, b) => weights[b]! - weights[a]! || a - b);
  let mass = 0;
  const last = tokens.findIndex((token) => (mass += weights[token]!) >= topP * total);
  return last < 0 ? tokens : tokens.slice(0, last + 1);
}
