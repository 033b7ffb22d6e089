/**
 * Sizes of the decoder's graph, and what its rotations and masks are called.
 *
 * @module
 */
import { plus, type Size } from "../../onnx/mod.ts";

/** Sizes of one instance of the graph; a named one is chosen by each run. */
export interface DecoderSizes {
  /** B. */
  readonly batch: Size;
  /** T, 0 for a soft prompt alone. */
  readonly tokens: Size;
  /** n virtual tokens in front of each row, fed as vectors; 0 for none. */
  readonly virtualTokens: number;
  /** C positions whose keys and values are fed; 0 for none. */
  readonly cache: Size;
  /**
   * Whether each row of a batch says how many of its cached positions are filled, of which the graph makes the masks, instead of being fed them;
   * of one new position a row. False by default.
   */
  readonly counted?: boolean;
  /** Whether all rows of the batch read one cache, fed as [1, kv, C, D]; false by default. */
  readonly sharedCache?: boolean;
  /** Whether attention sinks are calibrated ({@linkcode ./sink_calibration.ts}); false by default. */
  readonly calibrated?: boolean;
  /**
   * Whether each query head is a product of its own, with a copy of its group's keys and values, instead of a group's heads being rows of one:
   * the products of one text are then enough for all threads. False by default.
   */
  readonly perHead?: boolean;
}

/** S, new positions of a row: virtual tokens and text. */
export const positionsOf = ({ virtualTokens, tokens }: DecoderSizes): Size =>
  plus(virtualTokens, tokens);

/** Names of the cosines and sines [B, S, r / 2] of a decoder's n-th rotation. */
export function rotationNames(index: number): { readonly cos: string; readonly sin: string } {
  return index === 0 ? { cos: "cos", sin: "sin" } : { cos: `cos.${index}`, sin: `sin.${index}` };
}

/** Name of the additive attention mask, [B, 1, S, 1, C + S], of the layers with this sliding window. */
export function maskName(window: number | undefined): string {
  return window === undefined ? "mask" : `mask.window${window}`;
}
