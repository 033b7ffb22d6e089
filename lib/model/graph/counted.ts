/**
 * A cache that the graph itself masks and fills: a row says how many of its positions are filled, so that what is fed for a token does not
 * grow with the cache. And the graphs that put a text into a row of it, and give it more rows or room.
 *
 * @module
 */
import { Graph, Op, type Size, type Value } from "../../onnx/mod.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import { HIDDEN } from "./attention_mask.ts";

/** What masks are made of. */
export interface CountInputs {
  /** Positions of each row that are filled, [B, 1, 1, 1, 1]. */
  readonly filled: Value;
  /** 0, 1, 2, ..., [1, 1, 1, 1, C]. */
  readonly columns: Value;
  /** Added to the scores of positions that nothing reads, [B, 1, 1, 1, C]. */
  readonly hidden: Value;
}

/** Declares the inputs `filled`, `columns` and `hidden`. */
export const countInputs = (batch: Size, cache: Size): CountInputs => ({
  filled: Graph.input("filled", "f32", [batch, 1, 1, 1, 1]),
  columns: Graph.input("columns", "f32", [1, 1, 1, 1, cache]),
  hidden: Graph.input("hidden", "f32", [batch, 1, 1, 1, cache]),
});

/** The additive mask of one new position a row, [B, 1, 1, 1, C + 1]: as {@linkcode fillMaskRow} makes it. */
export function countedMask(
  { filled, columns, hidden }: CountInputs,
  window: number | undefined,
): Value {
  const none = Graph.constant(HIDDEN);
  const recent = window === undefined
    ? hidden
    : Op.where(Op.less(columns, Op.sub(filled, Graph.constant(window - 1))), none, hidden);
  const own = Op.mul(filled, Graph.constant(0));
  return Op.concat([Op.where(Op.less(columns, filled), recent, none), own], 4);
}

/** A cache [B, kv, C, D] with each row's new keys or values [B, kv, 1, D] behind those that are filled. */
export function inPlace({ filled, columns }: CountInputs, cached: Value, own: Value): Value {
  const [batch, , cache] = cached.shape as [Size, Size, Size];
  const isNext = Op.equal(
    Op.reshape(columns, [1, 1, cache, 1]),
    Op.reshape(filled, [batch, 1, 1, 1]),
  );
  return Op.where(isNext, own, cached);
}

/** Applies a function to keys and values of all layers; `named` says what an input or output is called. */
function eachLayer(
  { layers }: DecoderConfig,
  make: (of: "key" | "value", layer: number) => Value,
): Graph.Graph {
  return {
    outputs: Object.fromEntries(
      Array.from({ length: layers }, (_, l) => l).flatMap((l) =>
        (["key", "value"] as const).map((of) => [`cached_${of}.${l}`, make(of, l)])
      ),
    ),
  };
}

const past = ({ kvHeads, headDim }: DecoderConfig, of: string, l: number): Value =>
  Graph.input(`past_${of}.${l}`, "f32", ["batch", kvHeads, "cache", headDim]);

/**
 * Puts a text's keys and values `key.L`, `value.L` [1, kv, T, D] into one row of a cache `past_key.L`, `past_value.L` [B, kv, C, D].
 *
 * Inputs besides: `row` [B, 1, 1, 1], 1 of that row and 0 of others; `columns` [1, 1, 1, 1, C]; `at` [1, 1, 1, T], where each position goes.
 * Outputs: `cached_key.L`, `cached_value.L`.
 */
export function fillRow(config: DecoderConfig): Graph.Graph {
  const { kvHeads, headDim } = config;
  const row = Graph.input("row", "f32", ["batch", 1, 1, 1]);
  const columns = Graph.input("columns", "f32", [1, 1, 1, 1, "cache"]);
  const at = Graph.input("at", "f32", [1, 1, 1, "tokens"]);
  const [one, none] = [Graph.constant(1), Graph.constant(0)];
  // a product with ones and zeros moves values exactly
  const moves = Op.where(Op.equal(Op.reshape(columns, [1, 1, "cache", 1]), at), one, none);
  const taken = Op.reduceMax(moves, [3], true);
  const isNew = Op.less(Graph.constant(0.5), Op.mul(row, taken));
  return eachLayer(config, (of, l) => {
    const own = Graph.input(`${of}.${l}`, "f32", [1, kvHeads, "tokens", headDim]);
    return Op.where(isNew, Op.matMul(moves, own), past(config, of, l));
  });
}

/**
 * Gives a cache other rows, `rows` [R] of those that it has, and more room, as much as the zeros `room` [R, 1, more, 1]. Outputs `cached_key.L`,
 * `cached_value.L` [R, kv, C + more, D].
 *
 * @param grows without, there is no `room`
 */
export function selectRows(config: DecoderConfig, grows: boolean): Graph.Graph {
  const { kvHeads, headDim } = config;
  const rows = Graph.input("rows", "i64", ["rows"]);
  const room = Graph.input("room", "f32", ["rows", 1, "room", 1]);
  return eachLayer(config, (of, l) => {
    const chosen = Op.gather(past(config, of, l), rows);
    if (!grows) return chosen;
    return Op.concat([chosen, Op.expand(room, ["rows", kvHeads, "room", headDim])], 2);
  });
}

/** A cache of zeros, of the size of the zeros `room` [R, 1, C, 1]. Outputs `cached_key.L`, `cached_value.L` [R, kv, C, D]. */
export function emptyCache(config: DecoderConfig): Graph.Graph {
  const room = Graph.input("room", "f32", ["rows", 1, "room", 1]);
  const zeros = Op.expand(room, ["rows", config.kvHeads, "room", config.headDim]);
  return eachLayer(config, () => zeros);
}

/** Numbers as they are fed, to be kept on a device: `x` and `kept`, [A, 1, 1, 1, B]. */
export function keepOnDevice(): Graph.Graph {
  const x = Graph.input("x", "f32", ["a", 1, 1, 1, "b"]);
  return { outputs: { kept: Op.add(x, Graph.constant(0)) } };
}
