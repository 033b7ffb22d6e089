/**
 * ACT, calibration of attention sinks at inference (Yu et al., ICML 2024, "Unveiling and Harnessing Hidden Attention Sinks", arXiv
 * 2406.15765), as part of the decoder's graph.
 *
 * In a calibrated head, with A the attention after the softmax over N positions:
 *
 *     a_j = sum_i A_ij / (N - j)              mean attention that position j receives from the rows that can read it
 *     sinks S = { j > 0 : a_j > alpha / N }   the first position, whose sink helps, is left alone
 *     j in S:      A'_ij = beta A_ij
 *     j not in S:  A'_ij = A_ij + (1 - beta) (sum_{s in S} A_is) A_ij / (sum_{t not in S} A_it)
 *
 * which is beta A + (1 - beta) B, where B is the softmax of the same scores with the sinks masked.
 *
 * The code that its authors published (GATECH-EIC/ACT) finds sinks otherwise: a_j must be above a threshold that does not depend on N,
 *
 *     S = { j : a_j > threshold } without its first member
 *
 * so that the first position can be a sink where an earlier one is none, and what is left alone is the first sink that is found. Both are
 * here; two slips of that code, in generating with a cache, are not: a new token's attention to position 0 becomes 1, on top of what the
 * row reads elsewhere, and sinks have a part of what was taken from them.
 *
 * Where the paper is silent or speaks of classification alone, this is decided here:
 * - Virtual tokens are positions as all others: they read, are read, and can be sinks; the first of them is the first position.
 * - Which positions are sinks depends on all rows, so the soft prompt, worked examples and question are read in one pass, not from
 *   a cache of prefixes.
 * - While the answer is generated, each new position finds its sinks by the attention of its own row, as the authors' code does where it
 *   reads with a cache.
 * - Hidden positions and padding count in no mean. With a sliding window the rows that can read j are still N - j.
 *
 * @module
 */
import { Graph, Op, plus, type Size, type Value } from "../../onnx/mod.ts";
import type { Tensor } from "../../runtime/mod.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import { type DecoderSizes, positionsOf } from "./decoder_sizes.ts";
import { floatTensor } from "./feeds.ts";

/** Which positions are sinks: as the paper has it, or its authors' code. */
export type SinkRule =
  | {
    /** All but the first position where the mean attention they receive is above alpha / N. */
    readonly alpha: number;
  }
  | {
    /** All where it is above this, but for the first of them. */
    readonly threshold: number;
  };

/** Calibration of attention sinks (ACT, Yu et al. 2024). */
export type AttentionCalibration = SinkRule & {
  /** Share of its attention that a sink keeps. */
  readonly beta: number;
  /** The heads that are calibrated; query heads. */
  readonly heads: readonly (readonly [layer: number, head: number])[];
};

/** Masks a sink: exp(x - max) is exactly 0, yet it stays far above what is hidden from the row, should a row read nothing but sinks. */
const SINK = -1e20;

/** Inputs of a graph that calibrates attention. */
interface CalibrationInputs {
  /** [B, 1, S, 1, C + S]: what row i counts in (a_j N) / alpha, or in a_j / threshold. */
  readonly rows: Value;
  /** Falls from position to position, [1, 1, 1, 1, C + S]. */
  readonly order: Value;
  /** 0 where the first sink that is found is left alone, 1 where it is not, [B, 1, 1, 1, 1]. */
  readonly first: Value;
  /** 1 - beta, [B, 1, 1, 1, 1]. */
  readonly freed: Value;
  /** 1 for calibrated heads, 0 for others, [layers, B, kv, g]. */
  readonly heads: Value;
}

/** Declares the inputs `sinkRows`, `sinkOrder`, `sinkFirst`, `sinkFreed` and `sinkHeads`. */
export function calibrationInputs(
  { layers, heads, kvHeads }: DecoderConfig,
  sizes: DecoderSizes,
): CalibrationInputs {
  const { batch, cache } = sizes;
  const positions = positionsOf(sizes);
  return {
    rows: Graph.input("sinkRows", "f32", [batch, 1, positions, 1, plus(cache, positions)]),
    order: Graph.input("sinkOrder", "f32", [1, 1, 1, 1, plus(cache, positions)]),
    first: Graph.input("sinkFirst", "f32", [batch, 1, 1, 1, 1]),
    freed: Graph.input("sinkFreed", "f32", [batch, 1, 1, 1, 1]),
    heads: Graph.input("sinkHeads", "f32", [layers, batch, kvHeads, heads / kvHeads]),
  };
}

/**
 * A' of one layer. A head that is not calibrated keeps every bit of A.
 *
 * @param scores masked scores, [B, kv, S, g, C + S]
 * @param attention A, their softmax
 */
export function calibrated(
  { rows, order, first, freed, heads }: CalibrationInputs,
  layer: number,
  scores: Value,
  attention: Value,
): Value {
  const [batch, kvHeads, , group] = scores.shape as [Size, number, Size, number, Size];
  const chosen = Op.reshape(Op.slice(heads, 0, layer, layer + 1), [batch, kvHeads, 1, group, 1]);
  const received = Op.reduceSum(Op.mul(attention, rows), [2], true);
  const isSink = Op.less(Graph.constant(1), Op.mul(received, chosen));
  const none = Graph.constant(0);
  const earliest = Op.reduceMax(Op.where(isSink, order, none), [4], true);
  const counts = Op.less(order, Op.add(earliest, first));
  const mask = Op.where(isSink, Op.where(counts, Graph.constant(SINK), none), none);
  const without = Op.softmax(Op.add(scores, mask));
  return Op.add(attention, Op.mul(freed, Op.sub(without, attention)));
}

/** What a row of the batch calibrates. */
export interface CalibratedRow {
  /** None, and the row stays as it is. */
  readonly calibration: AttentionCalibration | undefined;
  /** Positions that are filled before the new ones. */
  readonly cached: number;
  /** New positions without padding. */
  readonly positions: number;
}

/** Feeds of {@linkcode calibrationInputs}; none where no row is calibrated. */
export function calibrationFeeds(
  { layers, heads, kvHeads }: DecoderConfig,
  rows: readonly CalibratedRow[],
  { positions, cache }: { readonly positions: number; readonly cache: number },
): Record<string, Tensor> {
  if (rows.every(({ calibration }) => calibration === undefined)) return {};
  const batch = rows.length;
  const width = cache + positions;
  const counts = new Float32Array(batch * positions * width);
  const order = Float32Array.from({ length: width }, (_, column) => width - column);
  const first = new Float32Array(batch).fill(1);
  const freed = new Float32Array(batch);
  const chosen = new Float32Array(layers * batch * heads);
  rows.forEach(({ calibration, ...row }, b) => {
    if (calibration === undefined) return;
    freed[b] = 1 - calibration.beta;
    for (const [layer, head] of calibration.heads) {
      chosen[(layer * batch + b) * heads + head] = 1;
    }
    const all = row.cached + row.positions;
    const absolute = "threshold" in calibration;
    if (absolute) first[b] = 0;
    const count = (readers: number) =>
      absolute ? 1 / (calibration.threshold * readers) : all / (calibration.alpha * readers);
    for (let i = 0; i < row.positions; i++) {
      const start = (b * positions + i) * width;
      // the new rows are all that read here, so a cached position is read by each of them
      counts.fill(count(row.positions), start, start + row.cached);
      for (let j = 0; j <= i; j++) counts[start + cache + j] = count(row.positions - j);
      if (!absolute) counts[start + (row.cached === 0 ? cache : 0)] = 0;
    }
  });
  return {
    sinkRows: floatTensor(counts, [batch, 1, positions, 1, width]),
    sinkOrder: floatTensor(order, [1, 1, 1, 1, width]),
    sinkFirst: floatTensor(first, [batch, 1, 1, 1, 1]),
    sinkFreed: floatTensor(freed, [batch, 1, 1, 1, 1]),
    sinkHeads: floatTensor(chosen, [layers, batch, kvHeads, heads / kvHeads]),
  };
}
