/**
 * The slots of a decode batch: their keys and values, in this process or on a device, and the step that reads them.
 *
 * @module
 */
import type { Effect } from "effect";
import type { Feed, KeptResults } from "../../../runtime/mod.ts";
import type { DecoderConfig } from "../../checkpoint/mod.ts";
import type { AttentionCalibration, PositionFeeds } from "../../graph/mod.ts";
import type { EngineError } from "../engine.ts";
import type { Program } from "../graph_runner.ts";
import type { Outputs } from "../sampling.ts";
import type { KeysValues } from "./kv_cache.ts";

/** A row as a step reads it. */
export interface StepRow {
  /** Positions of the slot that are filled. */
  readonly filled: number;
  /** Those of them that nothing reads. */
  readonly hidden: readonly number[];
  /** The token that it reads. */
  readonly last: number;
  readonly calibration: AttentionCalibration | undefined;
}

/** What a slot is filled with. */
export interface Filling {
  /** Keys and values before the text's own. */
  readonly prefix: KeysValues | undefined;
  /** What reading the text gave. */
  readonly read: KeptResults;
  /** Where the text's own begin. */
  readonly cached: number;
  /** Positions of the text. */
  readonly count: number;
  readonly hidden: readonly number[];
}

/** Keys and values of rows. */
export interface Slots {
  readonly slots: number;
  /** Outputs of a text's reading that stay where the slots are. */
  readonly keep: readonly string[];
  /** Rows of the batch that serves so many slots. */
  readonly batch: (slots: number) => number;
  /** Makes room for so many positions of each slot, and for so many slots. */
  readonly reserve: (positions: number, slots?: number) => Effect.Effect<void, EngineError>;
  readonly fill: (slot: number, filling: Filling) => Effect.Effect<void, EngineError>;
  /**
   * Moves rows into free slots where that makes the batch smaller.
   *
   * @param filled positions of each slot, undefined of a free one
   * @returns from where to where, one after the other
   */
  readonly compact: (
    filled: readonly (number | undefined)[],
  ) => Effect.Effect<readonly (readonly [from: number, to: number])[], EngineError>;
  /** One token of each row: the graph's outputs; keys and values are in their places. */
  readonly step: (
    rows: readonly (StepRow | undefined)[],
    logits: boolean,
  ) => Effect.Effect<Outputs, EngineError>;
  /** Gives back what no scope does. */
  readonly release: () => void;
}

/** What slots are made of. */
export interface SlotOptions {
  readonly config: DecoderConfig;
  readonly runner: SlotRunner;
  readonly positions: PositionFeeds;
}

/** Runs programs, as slots need it. */
export interface SlotRunner {
  readonly threads: number;
  readonly runKeeping: (
    program: Program,
    feeds: Readonly<Record<string, Feed>>,
  ) => Effect.Effect<KeptResults, EngineError>;
}

// Sizes at which a row's bits never depend on what else is in the batch.

/** Rounds a number of cached positions up; always a multiple of 128, for which zeros in the padding leave every bit as it is. */
export function cacheBucket(positions: number): number {
  const step = positions <= 512 ? 128 : positions <= 2048 ? 256 : 1024;
  return Math.max(128, Math.ceil(positions / step) * step);
}
