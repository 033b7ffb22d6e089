/**
 * AdamW (Loshchilov & Hutter 2019), as torch.optim.AdamW computes it.
 *
 * @module
 */

/** Moments of a parameter; part of a checkpoint. */
export interface AdamWState {
  /** Steps done. */
  readonly step: number;
  /** Running mean of the gradients. */
  readonly first: Float32Array;
  /** Running mean of their squares. */
  readonly second: Float32Array;
}

/** Settings of a step. */
export interface AdamWOptions {
  /** Learning rate. */
  readonly lr: number;
  /** Decoupled weight decay. */
  readonly weightDecay: number;
  /** Decay of the two running means; 0.9 and 0.999 unless told. */
  readonly betas?: readonly [number, number];
  /** Keeps the division finite; 1e-8 unless told. */
  readonly epsilon?: number;
}

/** No step made. */
export const initialState = (size: number): AdamWState => ({
  step: 0,
  first: new Float32Array(size),
  second: new Float32Array(size),
});

/**
 * One step.
 *
 * @returns new parameters and state; the old ones stay as they are
 */
export function step(
  parameters: Float32Array,
  gradient: Float32Array,
  state: AdamWState,
  { lr, weightDecay, betas: [beta1, beta2] = [0.9, 0.999], epsilon = 1e-8 }: AdamWOptions,
): { readonly parameters: Float32Array; readonly state: AdamWState } {
  const t = state.step + 1;
  const first = state.first.map((m, i) => beta1 * m + (1 - beta1) * gradient[i]!);
  const second = state.second.map((v, i) => beta2 * v + (1 - beta2) * gradient[i]! ** 2);
  const [bias1, bias2] = [1 - beta1 ** t, 1 - beta2 ** t];
  return {
    parameters: parameters.map((p, i) => {
      const update = first[i]! / bias1 / (Math.sqrt(second[i]! / bias2) + epsilon);
      return p * (1 - lr * weightDecay) - lr * update;
    }),
    state: { step: t, first, second },
  };
}

/** A gradient whose norm is at most `limit`, and the norm it had, as torch's clip_grad_norm_ computes it. */
export function clip(
  gradient: Float32Array,
  limit: number,
): { readonly gradient: Float32Array; readonly norm: number } {
  const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
  const scale = limit / (norm + 1e-6);
  return { gradient: scale < 1 ? gradient.map((g) => g * scale) : gradient, norm };
}
