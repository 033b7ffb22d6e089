/**
 * How an engine is set up.
 *
 * @module
 */

/** A model and how it runs here. */
export interface EngineOptions {
  /** Directory of a Hugging Face checkpoint. */
  readonly directory: string;
  /** Intra-op threads of each worker. */
  readonly threads: number;
  /** Generations in flight at a time in each worker. */
  readonly slots: number;
}

/** How the cores are used. */
export interface Placement {
  readonly workers: number;
  readonly threads: number;
  readonly slots: number;
}

/** Below, an operator is too short for its threads to meet: each core gets a worker of its own. */
const SMALL_MODEL_BYTES = 64 * 2 ** 20;

/** What serves a model of this size best on this many cores. */
export function placement(weightBytes: number, cores: number): Placement {
  return weightBytes < SMALL_MODEL_BYTES
    ? { workers: cores, threads: 1, slots: 32 }
    : { workers: 1, threads: cores, slots: 16 };
}

/** Bytes of keys and values of prefixes that an engine keeps. */
export const PREFIX_BYTES = 512 * 2 ** 20;

/** Compiled graphs that an engine keeps. */
export const COMPILED_GRAPHS = 48;

/** What bounds the memory of graphs with a gradient. */
export interface GradientLimits {
  /** Compiled ones that are kept. */
  readonly keepGradients: number;
  /** Positions of one saliency run, padding included: more texts share a run only within it. */
  readonly saliencyPositions: number;
}

/** A large model's text is long enough for full speed on its own, and its graph keeps gigabytes. */
export function gradientLimits(weightBytes: number): GradientLimits {
  return weightBytes < SMALL_MODEL_BYTES
    ? { keepGradients: 6, saliencyPositions: 512 }
    : { keepGradients: 3, saliencyPositions: 1 };
}
