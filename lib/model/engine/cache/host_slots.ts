/**
 * Slots whose keys and values are in this process: the graph reads them in place and gives back only what is new.
 *
 * @module
 */
import { Effect } from "effect";
import type { DecoderConfig } from "../../checkpoint/mod.ts";
import {
  type CalibratedRow,
  calibrationFeeds,
  idsTensor,
  type MaskRow,
  nextToken,
  type PositionFeeds,
} from "../../graph/mod.ts";
import { type KeysValues, keysValuesOf, KvCache } from "./kv_cache.ts";
import {
  cacheBucket,
  type Filling,
  type SlotOptions,
  type SlotRunner,
  type Slots,
  type StepRow,
} from "./slots.ts";

/** The slots of a batch on the CPU. */
export class HostSlots implements Slots {
  readonly keep = [];
  readonly #config: DecoderConfig;
  readonly #runner: SlotRunner;
  readonly #positions: PositionFeeds;
  readonly #least: number;
  #cache: KvCache;

  /** With room for `slots` rows at first. */
  constructor({ config, runner, positions }: SlotOptions, slots: number) {
    this.#config = config;
    this.#runner = runner;
    this.#positions = positions;
    this.#least = leastRows(config.kvHeads, runner.threads);
    this.#cache = new KvCache(config, this.batch(slots), cacheBucket(1));
  }

  get slots(): number {
    return this.#cache.slots;
  }

  batch(slots: number): number {
    return Math.max(slots, this.#least);
  }

  reserve(positions: number, slots = this.slots): Effect.Effect<void> {
    return Effect.sync(() => {
      const { capacity } = this.#cache;
      const batch = Math.max(this.slots, this.batch(slots));
      if (positions <= capacity && batch <= this.slots) return;
      const wanted = positions > capacity ? cacheBucket(positions) : capacity;
      this.#cache = this.#cache.grown(wanted, batch);
    });
  }

  fill(slot: number, { prefix, read, cached, count }: Filling): Effect.Effect<void> {
    return Effect.sync(() => {
      const own = keysValuesOf(read.outputs, this.#config.layers, 0);
      // keys and values of this process's prefixes are here too
      if (prefix) {
        this.#cache.write(slot, prefix as KeysValues<Float32Array>, { to: 0, count: cached });
      }
      this.#cache.write(slot, own, { to: cached, count });
    });
  }

  compact(filled: readonly (number | undefined)[]) {
    return Effect.sync(() => {
      const rows = [...filled];
      const used = rows.filter((each) => each !== undefined).length;
      const wanted = this.batch(used);
      const moves: [from: number, to: number][] = [];
      for (;;) {
        const last = rows.findLastIndex((row) => row !== undefined);
        const free = rows.indexOf(undefined);
        if (last < wanted || free < 0 || free > last) return moves;
        this.#cache.move(last, free, rows[last]!);
        rows[free] = rows[last];
        rows[last] = undefined;
        moves.push([last, free]);
      }
    });
  }

  step(rows: readonly (StepRow | undefined)[], logits: boolean) {
    const cache = this.#cache.capacity;
    const calibrated = rows.some((row) => row?.calibration !== undefined);
    // one graph decodes any number of rows with any room in the cache
    const sizes = { batch: "batch", tokens: 1, virtualTokens: 0, cache: "cache", calibrated };
    return Effect.map(
      this.#runner.runKeeping(
        {
          key: `decode ${logits} ${calibrated}`,
          build: (weights) => nextToken(this.#config, sizes, weights, { logits }),
          kind: "decode",
        },
        {
          ...this.#positions.of(rows.map(maskRow), 1, cache),
          ...this.#cache.feeds(rows.length),
          ...calibrationFeeds(this.#config, rows.map(calibratedRow), { positions: 1, cache }),
          ids: idsTensor(rows.map((row) => [row?.last ?? 0]), 1),
        },
      ),
      ({ outputs }) => {
        rows.forEach((row, slot) => {
          if (row === undefined) return;
          const own = keysValuesOf(outputs, this.#config.layers, slot);
          this.#cache.write(slot, own, { to: row.filled, count: 1 });
        });
        return outputs;
      },
    );
  }

  release(): void {}
}

/** A free slot reads position 0 alone, whatever is there: its result is not used. */
const maskRow = (row: StepRow | undefined): MaskRow => ({
  cached: row?.filled ?? 0,
  hidden: row?.hidden ?? [],
});

const calibratedRow = (row: StepRow | undefined): CalibratedRow => ({
  calibration: row?.calibration,
  cached: row?.filled ?? 0,
  positions: 1,
});

/**
 * Least rows of a decode batch for which a row's bits are those it has in any larger one: while there are fewer attention products
 * (rows times kv heads) than threads, ONNX Runtime splits a product among threads, and the width of a part decides the order of its
 * sums.
 */
function leastRows(kvHeads: number, threads: number): number {
  return Math.ceil(threads / kvHeads);
}
