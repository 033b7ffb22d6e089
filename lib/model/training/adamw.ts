/**
 * AdamW (Loshchilov & Hutter 2019) in place on flat arrays, with clipping by the norm, as torch.optim.AdamW and
 * torch.nn.utils.clip_grad_norm_ compute them.
 *
 * Plain loops: as a graph it takes as long (10 ms for 1.6 M weights) and would have to run where all gradients meet all the same.
 *
 * @module
 */

/** Running means of a gradient and of its square. */
export interface Moments {
  /** Decayed mean of the gradient. */
  readonly first: Float32Array;
  /** Decayed mean of its square. */
  readonly second: Float32Array;
}

/** Before the first step. */
export const initialMoments = (size: number): Moments => ({
  first: new Float32Array(size),
  second: new Float32Array(size),
});

/** Settings of a step. */
export interface AdamWOptions {
  /** Learning rate. */
  readonly lr: number;
  /** 1 for the first step. */
  readonly step: number;
  /** Decoupled weight decay. */
  readonly weightDecay: number;
  /** What the gradient is multiplied by, {@linkcode clipScale}; 1 by default. */
  readonly scale?: number;
  /** Decay of the two running means; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number];
  /** Keeps the division finite; 1e-8 by default. */
  readonly epsilon?: number;
}

/** Makes one step; weights and moments change in place. */
export function stepAdamW(
  weights: Float32Array,
  gradient: Float32Array,
  { first, second }: Moments,
  { lr, step, weightDecay, scale = 1, betas = [0.9, 0.999], epsilon = 1e-8 }: AdamWOptions,
): void {
  const [beta1, beta2] = betas;
  const [bias1, bias2] = [1 - beta1 ** step, 1 - beta2 ** step];
  const keep = 1 - lr * weightDecay;
  for (let i = 0; i < weights.length; i++) {
    const g = Math.fround(gradient[i]! * scale);
    first[i] = beta1 * first[i]! + (1 - beta1) * g;
    second[i] = beta2 * second[i]! + (1 - beta2) * (g * g);
    const update = first[i]! / bias1 / (Math.sqrt(second[i]! / bias2) + epsilon);
    weights[i] = weights[i]! * keep - lr * update;
  }
}

/** Euclidean norm of a gradient. */
export function normOf(gradient: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < gradient.length; i++) squares += gradient[i]! * gradient[i]!;
  return Math.sqrt(squares);
}

/** What a gradient is multiplied by so that its norm is at most `limit`. */
export const clipScale = (norm: number, limit: number): number =>
  Math.min(1, limit / (norm + 1e-6));
