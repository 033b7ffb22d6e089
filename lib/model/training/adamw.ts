/**
 * AdamW (Loshchilov & Hutter 2019) with clipping by the global norm, in place on flat arrays, as torch.optim.AdamW and
 * torch.nn.utils.clip_grad_norm_ compute them.
 *
 * Plain loops: as a graph it takes as long (10 ms for 1.6 M weights) and would have to run where all gradients meet all the same.
 *
 * @module
 */
import { type Parameters, viewOf } from "./parameters.ts";

/** Weights and moments, flat; with the number of steps, all that an optimiser knows. */
export interface OptimizerState {
  /** The weights, updated in place. */
  readonly weights: Float32Array;
  /** Decayed mean of the gradient. */
  readonly first: Float32Array;
  /** Decayed mean of its square. */
  readonly second: Float32Array;
}

/** What stays the same over a training. */
export interface AdamWSettings {
  /** Decay of the two running means. */
  readonly betas: readonly [number, number];
  /** Keeps the division finite. */
  readonly epsilon: number;
  /** Largest norm of the gradient over all weights. */
  readonly clip: number;
  /** Decoupled weight decay. */
  readonly weightDecay: number;
  /** Whether norms and biases are decayed too. */
  readonly decayVectors: boolean;
}

/**
 * Sums gradients into the first of them, one after the other, so that the result does not depend on who computed which.
 *
 * @param parts gradients of equal length; the first becomes the sum
 * @returns the sum's Euclidean norm
 */
export function sumGradients(parts: readonly Float32Array[]): number {
  const [sum, ...others] = parts as readonly [Float32Array, ...Float32Array[]];
  for (const part of others) for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
  let squares = 0;
  for (let i = 0; i < sum.length; i++) squares += sum[i]! * sum[i]!;
  return Math.sqrt(squares);
}

/** One step: what {@linkcode stepAdamW} needs besides state and settings. */
export interface AdamWStep {
  /** Gradient of all weights, flat. */
  readonly gradient: Float32Array;
  /** Its norm before clipping. */
  readonly norm: number;
  /** Learning rate of the step. */
  readonly lr: number;
  /** 1 for the first step. */
  readonly step: number;
}

/** Makes one step; weights and moments change in place. */
export function stepAdamW(
  parameters: Parameters,
  state: OptimizerState,
  { gradient, norm, lr, step }: AdamWStep,
  { betas: [beta1, beta2], epsilon, clip, weightDecay, decayVectors }: AdamWSettings,
): void {
  const scale = Math.min(1, clip / (norm + 1e-6));
  const rate = lr / (1 - beta1 ** step);
  const bias2 = Math.sqrt(1 - beta2 ** step);
  for (const parameter of parameters) {
    const decays = decayVectors || parameter.shape.length > 1;
    const keep = decays ? 1 - lr * weightDecay : 1;
    const weights = viewOf(parameter, state.weights);
    const first = viewOf(parameter, state.first);
    const second = viewOf(parameter, state.second);
    const gradients = viewOf(parameter, gradient);
    for (let i = 0; i < weights.length; i++) {
      const g = gradients[i]! * scale;
      const m = first[i] = beta1 * first[i]! + (1 - beta1) * g;
      const v = second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
      weights[i] = weights[i]! * keep - rate * m / (Math.sqrt(v) / bias2 + epsilon);
    }
  }
}
