/**
 * Learning rate over the steps of a training.
 *
 * @module
 */

/** Linear warm-up, then cosine to zero. */
export interface Schedule {
  /** The highest rate. */
  readonly lr: number;
  /** Steps in all. */
  readonly steps: number;
  /** Steps in which the rate rises. */
  readonly warmup: number;
}

/** The rate of step 0 .. steps - 1, as transformers' get_cosine_schedule_with_warmup. */
export function rateAt({ lr, steps, warmup }: Schedule, step: number): number {
  if (step < warmup) return lr * step / Math.max(1, warmup);
  const progress = (step - warmup) / Math.max(1, steps - warmup);
  return lr * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
}
