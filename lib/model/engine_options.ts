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

/** Bytes of keys and values of prefixes that an engine keeps. */
export const PREFIX_BYTES = 512 * 2 ** 20;

/** Compiled graphs that an engine keeps. */
export const COMPILED_GRAPHS = 48;

/** Compiled graphs with a gradient that an engine keeps. */
export const COMPILED_GRADIENTS = 6;

/** Positions of one saliency run: enough rows for full speed of the matrix products, bounded memory for attention. */
export const SALIENCY_POSITIONS = 512;
