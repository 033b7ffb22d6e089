/**
 * Keys and values that the caller owns: the decode graph reads these arrays in place and gives back only what is new.
 *
 * @module
 */
import type { DeviceTensor, Feed, Tensor } from "../../../runtime/mod.ts";
import type { DecoderConfig } from "../../checkpoint/mod.ts";

/** Keys and values of each layer, [kv, S, D], for S positions of one row: in this process, or on a device. */
export interface KeysValues<Data = Float32Array | DeviceTensor> {
  readonly positions: number;
  readonly keys: readonly Data[];
  readonly values: readonly Data[];
}

/** Names of the outputs `key.L` and `value.L`. */
export const keyValueNames = ({ layers }: DecoderConfig): readonly string[] =>
  Array.from({ length: layers }, (_, l) => l).flatMap((l) => [`key.${l}`, `value.${l}`]);

/** The keys and values of one row that a run has left on the device. */
export function keptKeysValues(
  kept: Readonly<Record<string, DeviceTensor>>,
  layers: number,
): KeysValues<DeviceTensor> {
  const all = Array.from({ length: layers }, (_, l) => l);
  return {
    positions: kept["value.0"]!.shape[2]!,
    keys: all.map((l) => kept[`key.${l}`]!),
    values: all.map((l) => kept[`value.${l}`]!),
  };
}

/** Gives buffers of a device back. */
export function freeKeysValues({ keys, values }: KeysValues): void {
  for (const each of [...keys, ...values]) if (!(each instanceof Float32Array)) each.free();
}

/** Bytes of keys and values. */
export const keyValueBytes = ({ positions, keys, values }: KeysValues): number =>
  [...keys, ...values].reduce(
    (sum, each) =>
      sum +
      (each instanceof Float32Array
        ? each.byteLength
        : 4 * positions * each.shape[1]! * each.shape[3]!),
    0,
  );

/** Takes one row's keys and values out of a graph's outputs `key.L` and `value.L` [B, kv, S, D], without a copy. */
export function keysValuesOf(
  outputs: Readonly<Record<string, Tensor>>,
  layers: number,
  row: number,
): KeysValues<Float32Array> {
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
    const { kvHeads, headDim } = this.#config;
    const size = rows * kvHeads * headDim * this.capacity;
    const shape = [rows, kvHeads, this.capacity, headDim];
    const view = (array: Float32Array) => array.subarray(0, size);
    return pastFeeds({ keys: this.#keys.map(view), values: this.#values.map(view) }, shape);
  }

  /**
   * Writes the first `count` positions of `from` into a slot.
   *
   * @param slot which row
   * @param from where they come from
   * @param at where they go, `to` the first position, and how many
   */
  write(
    slot: number,
    from: KeysValues<Float32Array>,
    at: { readonly to: number; readonly count: number },
  ): void {
    const { kvHeads, headDim, layers } = this.#config;
    const size = at.count * headDim;
    const write = (into: Float32Array, array: Float32Array) => {
      for (let head = 0; head < kvHeads; head++) {
        const source = head * from.positions * headDim;
        const target = this.#start(slot, head) + at.to * headDim;
        // one position, the case of decoding, is cheaper in a loop than as a view
        if (at.count === 1) {
          for (let i = 0; i < size; i++) into[target + i] = array[source + i]!;
        } else into.set(array.subarray(source, source + size), target);
      }
    };
    for (let l = 0; l < layers; l++) {
      write(this.#keys[l]!, from.keys[l]!);
      write(this.#values[l]!, from.values[l]!);
    }
  }

  /** Copies the first `count` positions of one slot over another's. */
  move(from: number, to: number, count: number): void {
    const { kvHeads, headDim } = this.#config;
    for (const array of [...this.#keys, ...this.#values]) {
      for (let head = 0; head < kvHeads; head++) {
        const source = this.#start(from, head);
        array.copyWithin(this.#start(to, head), source, source + count * headDim);
      }
    }
  }

  /** The same slots with more room, and more of them where asked for. */
  grown(capacity: number, slots = this.slots): KvCache {
    const larger = new KvCache(this.#config, slots, capacity);
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

  /** Where a head of a slot begins. */
  #start(slot: number, head: number): number {
    return (slot * this.#config.kvHeads + head) * this.capacity * this.#config.headDim;
  }
}

/** A prefix of a batch of one row as feeds `past_key.L` and `past_value.L`; none without a prefix. */
export function prefixFeeds(
  { kvHeads, headDim }: DecoderConfig,
  prefix: KeysValues | undefined,
): Record<string, Feed> {
  return prefix === undefined ? {} : pastFeeds(prefix, [1, kvHeads, prefix.positions, headDim]);
}

function pastFeeds(
  own: Pick<KeysValues<Float32Array>, "keys" | "values">,
  shape: readonly number[],
): Record<string, Tensor>;
function pastFeeds(
  own: Pick<KeysValues, "keys" | "values">,
  shape: readonly number[],
): Record<string, Feed>;
function pastFeeds(
  { keys, values }: Pick<KeysValues, "keys" | "values">,
  shape: readonly number[],
): Record<string, Feed> {
  const feed = (data: Float32Array | DeviceTensor): Feed =>
    data instanceof Float32Array ? { dtype: "f32", shape, data } : data;
  const feeds: Record<string, Feed> = {};
  keys.forEach((data, l) => feeds[`past_key.${l}`] = feed(data));
  values.forEach((data, l) => feeds[`past_value.${l}`] = feed(data));
  return feeds;
}
