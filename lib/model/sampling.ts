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
    const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b);
    const weight = (token: number) => Math.exp((logits[token]! - largest) / temperature);
    const total = order.reduce((sum, token) => sum + weight(token), 0);
    let mass = 0;
    const size = order.findIndex((token) => (mass += weight(token)) >= topP * total) + 1;
    const nucleus = size === 0 ? order : order.slice(0, size);
    let rest = random.number() * nucleus.reduce((sum, token) => sum + weight(token), 0);
    const token = nucleus.find((each) => (rest -= weight(each)) < 0) ?? nucleus[0]!;
    return { token, logProbability: logits[token]! - largest - logTotal };
  };
}
