/**
 * Keys and values that the caller owns: the decode graph reads these arrays in place and gives back only what is new.
 *
 * @module
 */
import type { Tensor } from "../runtime/mod.ts";
import type { DecoderConfig } from "./config.ts";

/** Keys [kv, D, S] and values [kv, S, D] of each layer for S positions of one row. */
export interface KeysValues {
  readonly positions: number;
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
}

/** Takes one row's keys and values out of a graph's outputs `key.L` [B, kv, D, S] and `value.L` [B, kv, S, D], without a copy. */
export function keysValuesOf(
  outputs: Readonly<Record<string, Tensor>>,
  layers: number,
  row: number,
): KeysValues {
  const of = (name: string) => {
    const { data, shape } = outputs[name]!;
    const size = data.length / shape[0]!;
    return (data as Float32Array).subarray(row * size, (row + 1) * size);
  };
  const positions = outputs["value.0"]!.shape[2]!;
  const all = Array.from({ length: layers }, (_, l) => l);
  return {
    positions,
    keys: all.map((l) => of(`key.${l}`)),
    values: all.map((l) => of(`value.${l}`)),
  };
}

/** Slots for rows of a batch, each with room for `capacity` positions. */
export class KvCache {
  readonly slots: number;
  readonly capacity: number;
  readonly #config: DecoderConfig;
  readonly #keys: readonly Float32Array[];
  readonly #values: readonly Float32Array[];

  /** All zeros. */
  constructor(config: DecoderConfig, slots: number, capacity: number) {
    this.slots = slots;
    this.capacity = capacity;
    this.#config = config;
    const size = slots * config.kvHeads * config.headDim * capacity;
    const make = () => Array.from({ length: config.layers }, () => new Float32Array(size));
    this.#keys = make();
    this.#values = make();
  }

  /** The first `rows` slots as feeds `past_key.L` and `past_value.L`, in place. */
  feeds(rows: number): Record<string, Tensor> {
    const { kvHeads, headDim, layers } = this.#config;
    const size = rows * kvHeads * headDim * this.capacity;
    const feeds: Record<string, Tensor> = {};
    for (let l = 0; l < layers; l++) {
      feeds[`past_key.${l}`] = {
        dtype: "f32",
        shape: [rows, kvHeads, headDim, this.capacity],
        data: this.#keys[l]!.subarray(0, size),
      };
      feeds[`past_value.${l}`] = {
        dtype: "f32",
        shape: [rows, kvHeads, this.capacity, headDim],
        data: this.#values[l]!.subarray(0, size),
      };
    }
    return feeds;
  }

  /**
   * Writes the first `count` positions of `from` into a slot.
   *
   * @param slot which row
   * @param from where they come from
   * @param at where they go, `to` the first position, and how many
   */
  write(slot: number, from: KeysValues, at: { readonly to: number; readonly count: number }): void {
    const { kvHeads, headDim, layers } = this.#config;
    const { to, count } = at;
    const [capacity, stride] = [this.capacity, from.positions];
    for (let l = 0; l < layers; l++) {
      const [keys, values] = [this.#keys[l]!, this.#values[l]!];
      const [newKeys, newValues] = [from.keys[l]!, from.values[l]!];
      for (let row = 0; row < kvHeads * headDim; row++) {
        const target = (slot * kvHeads * headDim + row) * capacity + to;
        const source = row * stride;
        // one position, the case of decoding, is far cheaper as an assignment
        if (count === 1) keys[target] = newKeys[source]!;
        else keys.set(newKeys.subarray(source, source + count), target);
      }
      for (let head = 0; head < kvHeads; head++) {
        values.set(
          newValues.subarray(head * stride * headDim, (head * stride + count) * headDim),
          ((slot * kvHeads + head) * capacity + to) * headDim,
        );
      }
    }
  }

  /** Copies the first `count` positions of one slot over another's. */
  move(from: number, to: number, count: number): void {
    const { kvHeads, headDim, layers } = this.#config;
    const rows = kvHeads * headDim;
    for (let l = 0; l < layers; l++) {
      for (let row = 0; row < rows; row++) {
        const source = (from * rows + row) * this.capacity;
        this.#keys[l]!.copyWithin((to * rows + row) * this.capacity, source, source + count);
      }
      for (let head = 0; head < kvHeads; head++) {
        const source = (from * kvHeads + head) * this.capacity * headDim;
        const target = (to * kvHeads + head) * this.capacity * headDim;
        this.#values[l]!.copyWithin(target, source, source + count * headDim);
      }
    }
  }

  /** The same slots with more room. */
  grown(capacity: number): KvCache {
    const larger = new KvCache(this.#config, this.slots, capacity);
    const size = this.#config.kvHeads * this.#config.headDim * this.capacity;
    for (let slot = 0; slot < this.slots; slot++) {
      const view = (array: Float32Array) => array.subarray(slot * size, (slot + 1) * size);
      const own = {
        positions: this.capacity,
        keys: this.#keys.map(view),
        values: this.#values.map(view),
      };
      larger.write(slot, own, { to: 0, count: this.capacity });
    }
    return larger;
  }
}

/** The first `count` positions, copied. */
export function trim(config: DecoderConfig, from: KeysValues, count: number): KeysValues {
  const { kvHeads, headDim } = config;
  const { positions } = from;
  return {
    positions: count,
    keys: from.keys.map((key) => {
      const kept = new Float32Array(kvHeads * headDim * count);
      for (let row = 0; row < kvHeads * headDim; row++) {
        kept.set(key.subarray(row * positions, row * positions + count), row * count);
      }
      return kept;
    }),
    values: from.values.map((value) => {
      const kept = new Float32Array(kvHeads * headDim * count);
      for (let head = 0; head < kvHeads; head++) {
        const source = head * positions * headDim;
        kept.set(value.subarray(source, source + count * headDim), head * count * headDim);
      }
      return kept;
    }),
  };
}

/** A prefix of a batch of one row as feeds `past_key.L` and `past_value.L`; none without a prefix. */
export function prefixFeeds(
  config: DecoderConfig,
  prefix: KeysValues | undefined,
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  if (prefix === undefined) return feeds;
  const { kvHeads, headDim } = config;
  const { positions, keys, values } = prefix;
  keys.forEach((data, l) => {
    feeds[`past_key.${l}`] = { dtype: "f32", shape: [1, kvHeads, headDim, positions], data };
  });
  values.forEach((data, l) => {
    feeds[`past_value.${l}`] = { dtype: "f32", shape: [1, kvHeads, positions, headDim], data };
  });
  return feeds;
}
