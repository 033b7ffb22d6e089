/**
 * Slots whose keys and values stay on a device: a step feeds tokens, rotations and how far each row is filled, and only tokens and
 * probabilities come back, so that what is moved for a token does not grow with the cache. The step gives a new cache, as ONNX Runtime's
 * binding has none updated in place; the old one is freed at once.
 *
 * @module
 */
import { Effect } from "effect";
import type { DeviceTensor, Feed } from "../../../runtime/mod.ts";
import { type Graph, sizeOf } from "../../../onnx/mod.ts";
import type { DecoderConfig } from "../../checkpoint/mod.ts";
import {
  emptyCache,
  fillRow,
  floatTensor,
  HIDDEN,
  idsTensor,
  int64Tensor,
  keepOnDevice,
  nextToken,
  type PositionFeeds,
  selectRows,
} from "../../graph/mod.ts";
import type { EngineError } from "../engine.ts";
import type { Program } from "../graph_runner.ts";
import { freeKeysValues, keptKeysValues, type KeysValues, keyValueNames } from "./kv_cache.ts";
import {
  cacheBucket,
  type Filling,
  type SlotOptions,
  type SlotRunner,
  type Slots,
  type StepRow,
} from "./slots.ts";

/** Rows of a batch are powers of two, so that few sizes are compiled for. */
const powerOfTwo = (count: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, count)));

/** Buffers by the names of the outputs that made them. */
type Buffers = Readonly<Record<string, DeviceTensor>>;

const freeAll = (buffers: Buffers): void => Object.values(buffers).forEach(({ free }) => free());

/** The slots of a batch on a device. */
export class DeviceSlots implements Slots {
  readonly keep: readonly string[];
  readonly #config: DecoderConfig;
  readonly #runner: SlotRunner;
  readonly #positions: PositionFeeds;
  readonly #cachedNames: readonly string[];
  /** `cached_key.L` and `cached_value.L`, [B, kv, C, D]; none before the first text. */
  #buffers: Buffers = {};
  /** What steps read besides: `columns`, and `hidden` until another text comes. */
  #columns: DeviceTensor | undefined;
  #hidden: DeviceTensor | undefined;
  /** Hidden positions of each slot. */
  #hiddenOf: readonly (readonly number[])[] = [];
  #capacity = 0;

  constructor({ config, runner, positions }: SlotOptions) {
    this.#config = config;
    this.#runner = runner;
    this.#positions = positions;
    this.keep = keyValueNames(config);
    this.#cachedNames = this.keep.map((name) => `cached_${name}`);
  }

  get slots(): number {
    return this.#hiddenOf.length;
  }

  batch(): number {
    return this.slots;
  }

  reserve(positions: number, slots = this.slots): Effect.Effect<void, EngineError> {
    return Effect.suspend(() => {
      const rows = Math.max(this.slots, powerOfTwo(slots));
      const capacity = Math.max(this.#capacity, cacheBucket(positions));
      if (rows === this.slots && capacity === this.#capacity) return Effect.void;
      if (this.slots === 0) {
        return this.#replace(
          "empty cache",
          () => emptyCache(this.#config),
          { room: zeros([rows, 1, capacity, 1]) },
          { capacity, hidden: new Array<readonly number[]>(rows).fill([]) },
        );
      }
      return this.#select(Array.from({ length: rows }, (_, i) => i < this.slots ? i : 0), capacity);
    });
  }

  fill(
    slot: number,
    { prefix, read, cached, hidden }: Filling,
  ): Effect.Effect<void, EngineError> {
    const own = keptKeysValues(read.kept, this.#config.layers);
    return Effect.gen(this, function* () {
      // on a device prefixes are there too
      if (prefix) yield* this.#put(slot, prefix as KeysValues<DeviceTensor>, 0);
      yield* this.#put(slot, own, cached);
      this.#hiddenOf = this.#hiddenOf.with(slot, hidden);
      this.#forgetHidden();
    }).pipe(Effect.ensuring(Effect.sync(() => freeKeysValues(own))));
  }

  compact(filled: readonly (number | undefined)[]) {
    return Effect.suspend(() => {
      const used = filled.flatMap((each, slot) => each === undefined ? [] : [slot]);
      const rows = powerOfTwo(used.length);
      if (rows >= this.slots) return Effect.succeed([]);
      const moves = used.map((from, to) => [from, to] as const).filter(([from, to]) => from !== to);
      const chosen = Array.from({ length: rows }, (_, i) => used[i] ?? 0);
      return Effect.as(this.#select(chosen, this.#capacity), moves);
    });
  }

  step(rows: readonly (StepRow | undefined)[], logits: boolean) {
    const sizes = { batch: "batch", tokens: 1, virtualTokens: 0, cache: "cache", counted: true };
    return Effect.gen(this, function* () {
      this.#hidden ??= yield* this.#upload(this.#hiddenMask(), this.slots);
      const { outputs, kept } = yield* this.#runner.runKeeping({
        key: `decode on the device ${logits}`,
        build: (weights) => nextToken(this.#config, sizes, weights, { logits }),
        kind: "decode",
        keep: this.#cachedNames,
      }, {
        ...this.#past(),
        ...this.#positions.rotations(
          rows.map((row) => ({ cached: row?.filled ?? 0, hidden: [] })),
          1,
        ),
        filled: floatTensor(
          Float32Array.from(rows, (row) => row?.filled ?? 0),
          [rows.length, 1, 1, 1, 1],
        ),
        columns: yield* this.#columnNumbers(),
        hidden: this.#hidden,
        ids: idsTensor(rows.map((row) => [row?.last ?? 0]), 1),
      });
      this.#take(kept);
      return outputs;
    });
  }

  release(): void {
    freeAll(this.#buffers);
    this.#buffers = {};
    this.#columns?.free();
    this.#forgetHidden();
  }

  /** The cache as the inputs `past_key.L` and `past_value.L`. */
  #past(): Record<string, Feed> {
    return Object.fromEntries(
      Object.entries(this.#buffers).map((
        [name, buffer],
      ) => [name.replace("cached_", "past_"), buffer]),
    );
  }

  #take(buffers: Buffers): void {
    freeAll(this.#buffers);
    this.#buffers = buffers;
  }

  #forgetHidden(): void {
    this.#hidden?.free();
    this.#hidden = undefined;
  }

  /** Puts keys and values of a text into a slot, from a position on. */
  #put(slot: number, from: KeysValues<DeviceTensor>, start: number) {
    return Effect.gen(this, function* () {
      const named = (of: "key" | "value", all: readonly DeviceTensor[]) =>
        all.map((tensor, l) => [`${of}.${l}`, tensor] as const);
      const { kept } = yield* this.#runner.runKeeping(
        this.#program("fill a row", () => fillRow(this.#config)),
        {
          ...this.#past(),
          ...Object.fromEntries([...named("key", from.keys), ...named("value", from.values)]),
          columns: yield* this.#columnNumbers(),
          row: floatTensor(
            Float32Array.from({ length: this.slots }, (_, i) => i === slot ? 1 : 0),
            [this.slots, 1, 1, 1],
          ),
          at: floatTensor(
            Float32Array.from({ length: from.positions }, (_, i) => start + i),
            [1, 1, 1, from.positions],
          ),
        },
      );
      this.#take(kept);
    });
  }

  /** Takes these rows, with more room. */
  #select(rows: readonly number[], capacity: number) {
    const room = capacity - this.#capacity;
    const hidden = rows.map((row) => this.#hiddenOf[row]!);
    return this.#replace(
      `select rows ${room > 0}`,
      () => selectRows(this.#config, room > 0),
      {
        ...this.#past(),
        rows: int64Tensor(rows),
        ...(room > 0 ? { room: zeros([rows.length, 1, room, 1]) } : {}),
      },
      { capacity, hidden },
    );
  }

  #replace(
    key: string,
    build: () => Graph.Graph,
    feeds: Readonly<Record<string, Feed>>,
    { capacity, hidden }: {
      readonly capacity: number;
      readonly hidden: readonly (readonly number[])[];
    },
  ) {
    return Effect.map(this.#runner.runKeeping(this.#program(key, build), feeds), ({ kept }) => {
      this.#take(kept);
      if (capacity !== this.#capacity) {
        this.#columns?.free();
        this.#columns = undefined;
      }
      this.#capacity = capacity;
      this.#hiddenOf = hidden;
      this.#forgetHidden();
    });
  }

  #program(key: string, build: () => Graph.Graph): Program {
    return { key, build, kind: "decode", keep: this.#cachedNames };
  }

  /** The columns' numbers, put there once for a capacity. */
  #columnNumbers() {
    return Effect.gen(this, function* () {
      const numbers = Float32Array.from({ length: this.#capacity }, (_, i) => i);
      return this.#columns ??= yield* this.#upload(numbers, 1);
    });
  }

  /** Numbers [rows, C] on the device. */
  #upload(data: Float32Array, rows: number): Effect.Effect<DeviceTensor, EngineError> {
    return Effect.map(
      this.#runner.runKeeping(
        { key: "keep on the device", build: keepOnDevice, kind: "decode", keep: ["kept"] },
        { x: floatTensor(data, [rows, 1, 1, 1, data.length / rows]) },
      ),
      ({ kept }) => kept["kept"]!,
    );
  }

  #hiddenMask(): Float32Array {
    const mask = new Float32Array(this.slots * this.#capacity);
    this.#hiddenOf.forEach((hidden, slot) => {
      for (const position of hidden) mask[slot * this.#capacity + position] = HIDDEN;
    });
    return mask;
  }
}

const zeros = (shape: readonly number[]) => floatTensor(new Float32Array(sizeOf(shape)), shape);
