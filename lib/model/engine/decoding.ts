/**
 * Generation with continuous batching: each row of the batch is an example at its own length, and a row that ends makes place
 * for the next example at once.
 *
 * @module
 */
import { Effect } from "effect";
import type { Tensor } from "../../runtime/mod.ts";
import { type CalibratedRow, calibrationFeeds } from "../graph/mod.ts";
import type { MaskRow } from "../graph/mod.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import { type EngineError, type Finish, type GenerateRequest, type Generation } from "./engine.ts";
import { NO_PROMPT } from "../soft_prompt.ts";
import { Memory } from "../weights/mod.ts";
import { nextToken } from "../graph/mod.ts";
import type { GraphRunner } from "./graph_runner.ts";
import { keysValuesOf, KvCache, prefixFeeds } from "./kv_cache.ts";
import { idsTensor, int64Tensor, promptFeed } from "../graph/mod.ts";
import { type PositionFeeds } from "../graph/mod.ts";
import { type Prefixes, prefixLength } from "./prefixes.ts";
import { type Sampler, sampler } from "./sampling.ts";
import { AnswerText, type Tokenizer } from "../../tokenizer/mod.ts";

/** Most rows of a decode batch; more are hardly faster. */
const MOST_ROWS = 64;

/** What decoding needs of the rest of the engine. */
export interface DecodingContext {
  readonly config: DecoderConfig;
  readonly runner: GraphRunner;
  readonly prefixes: Prefixes;
  readonly positions: PositionFeeds;
  readonly tokenizer: Pick<Tokenizer, "decode">;
}

/** A generation that is to be made. */
export interface Job {
  readonly request: GenerateRequest;
  /** Called when it ends. */
  readonly done: (generation: Generation) => void;
}

/** A job in a slot. */
interface Row {
  readonly job: Job;
  readonly answer: AnswerText;
  readonly sampler: Sampler | undefined;
  /** Positions of the slot that are filled. */
  filled: number;
  /** The token chosen last, not yet read. */
  last: number;
  /** Milliseconds of work on it so far. */
  worked: number;
}

/** The slots of a batch. */
export class Decoding {
  readonly #context: DecodingContext;
  readonly #rows: (Row | undefined)[];
  readonly #least: number;
  /** Whether drafts are read: a large model reads tokens hardly faster than it generates them in a batch. */
  readonly #drafts: boolean;
  #cache: KvCache;

  /** With room for `slots` examples at a time, {@linkcode MOST_ROWS} at most. */
  constructor(context: DecodingContext, slots: number) {
    const { config, runner } = context;
    const rows = Math.min(slots, MOST_ROWS);
    this.#context = context;
    this.#drafts = Memory.isSmall(Memory.weightBytes(config));
    this.#least = leastRows(config.kvHeads, runner.threads);
    this.#rows = new Array<Row | undefined>(rows).fill(undefined);
    this.#cache = new KvCache(config, this.#batch(rows), cacheBucket(1));
  }

  /** Examples in flight. */
  get active(): number {
    return this.#rows.reduce((count, row) => count + (row === undefined ? 0 : 1), 0);
  }

  /** Whether another example can be taken in. */
  get hasRoom(): boolean {
    return this.#rows.includes(undefined);
  }

  /** Frees the slot of a job that nobody waits for any more. */
  drop(job: Job): void {
    const slot = this.#rows.findIndex((row) => row?.job === job);
    if (slot >= 0) this.#rows[slot] = undefined;
  }

  /**
   * Takes a job in, for which there must be room: computes keys and values of its text after its prefix, and its first token. A draft is read
   * with the text, and as many of its tokens taken as would have been chosen.
   */
  admit(job: Job): Effect.Effect<void, EngineError> {
    const { request } = job;
    const { config, tokenizer } = this.#context;
    const slot = this.#rows.indexOf(undefined);
    const filled = prefixLength(config, request.prefix) + request.ids.length;
    const draft = this.#draftOf(request, filled);
    const begun = performance.now();
    return Effect.map(this.#read(slot, request, request.ids, draft), (outputs) => {
      const row: Row = {
        job,
        answer: new AnswerText(tokenizer, request.stop),
        sampler: request.sampling &&
          sampler(request.sampling, [...request.prefix.ids, ...request.ids]),
        filled,
        last: 0,
        worked: performance.now() - begun,
      };
      this.#rows[slot] = row;
      for (let i = 0;; i++) {
        this.#take(slot, row, choice(outputs, i, row.sampler));
        if (this.#rows[slot] !== row || row.last !== draft[i]) return;
        row.filled += 1;
      }
    });
  }

  /** Fills a slot with keys and values of a request's prefix, ids and a draft of what follows; gives what the draft and what follows it should be. */
  #read(
    slot: number,
    request: GenerateRequest,
    ids: readonly number[],
    draft: readonly number[],
  ): Effect.Effect<Readonly<Record<string, Tensor>>, EngineError> {
    const { config, runner, prefixes, positions } = this.#context;
    return Effect.gen(this, function* () {
      const { calibration } = request;
      const calibrated = calibration !== undefined;
      const length = prefixLength(config, request.prefix) + ids.length + draft.length;
      // sinks are found over all rows: a text that is calibrated is read in one pass with its prefix
      const prefix = calibrated ? undefined : yield* prefixes.get(request.prefix, length);
      const vectors = calibrated ? request.prefix.prompt.vectors : NO_PROMPT.vectors;
      const own = calibrated ? [...request.prefix.ids, ...ids, ...draft] : [...ids, ...draft];
      const cached = prefix?.positions ?? 0;
      const virtualTokens = vectors.length / config.hiddenSize;
      const read = virtualTokens + own.length;
      // one graph reads texts of any length after prefixes of one length
      const sizes = { batch: 1, tokens: "tokens", virtualTokens, cache: cached, calibrated };
      const width = { positions: read, cache: cached };
      const logits = request.sampling !== undefined;
      const first = read - draft.length - 1;
      const outputs = yield* runner.run(
        {
          key: `prefill n${virtualTokens} c${cached} ${logits} ${calibrated}`,
          build: (weights) =>
            nextToken(config, sizes, weights, { logits, predictions: "predictions" }),
          kind: "read",
        },
        {
          ...positions.of([{ cached, hidden: request.prefix.prompt.hidden }], read, cached),
          ...prefixFeeds(config, prefix),
          ...calibrationFeeds(config, [{ calibration, cached, positions: read }], width),
          ...promptFeed(config, vectors),
          ids: idsTensor([own], own.length),
          rows: int64Tensor(Array.from({ length: draft.length + 1 }, (_, i) => first + i)),
        },
      );
      this.#reserve(length + 1);
      if (prefix) this.#cache.write(slot, prefix, { to: 0, count: cached });
      this.#cache.write(slot, keysValuesOf(outputs, config.layers, 0), { to: cached, count: read });
      return outputs;
    });
  }

  /** What is read of a request's draft: none where tokens are drawn, and no more than the answer may have. */
  #draftOf(request: GenerateRequest, filled: number): readonly number[] {
    const { draft = [], sampling, calibration, maxNewTokens } = request;
    if (!this.#drafts || sampling !== undefined || calibration !== undefined) return [];
    const { config, positions } = this.#context;
    const rotation = positions.rotationOf(filled);
    return draft.slice(0, Math.min(maxNewTokens, config.maxPositions - filled) - 1)
      // read in one pass, all are rotated as the last of them
      .filter((_, i) => positions.rotationOf(filled + i + 1) === rotation);
  }

  /** Gives every example in flight its next token. */
  step(): Effect.Effect<void, EngineError> {
    return Effect.zipRight(this.#reread(), Effect.suspend(() => this.#decode()));
  }

  /** Reads the texts again whose positions are all rotated otherwise with one token more, which this gives them. */
  #reread(): Effect.Effect<void, EngineError> {
    const outgrown = this.#rows.flatMap((row, slot) =>
      row !== undefined && this.#context.positions.outgrown(row.filled + 1) ? [{ row, slot }] : []
    );
    return Effect.forEach(outgrown, ({ row, slot }) => {
      const { request } = row.job;
      const ids = [...request.ids, ...row.answer.ids];
      return Effect.map(this.#read(slot, request, ids, []), (outputs) => {
        row.filled += 1;
        this.#take(slot, row, choice(outputs, 0, row.sampler));
      });
    }, { discard: true });
  }

  #decode(): Effect.Effect<void, EngineError> {
    if (this.active === 0) return Effect.void;
    const { config, runner, positions } = this.#context;
    const [begun, active] = [performance.now(), this.active];
    this.#compact();
    const used = this.#rows.findLastIndex((row) => row !== undefined) + 1;
    const batch = this.#batch(used);
    this.#reserve(Math.max(...this.#rows.map((row) => (row?.filled ?? 0) + 1)));
    const cache = this.#cache.capacity;
    const rows = Array.from({ length: batch }, (_, slot) => this.#rows[slot]);
    const logits = rows.some((row) => row?.sampler !== undefined);
    const calibrated = rows.some((row) => row?.job.request.calibration !== undefined);
    // one graph decodes any number of rows with any room in the cache
    const sizes = { batch: "batch", tokens: 1, virtualTokens: 0, cache: "cache", calibrated };
    return Effect.map(
      runner.run(
        {
          key: `decode ${logits} ${calibrated}`,
          build: (weights) => nextToken(config, sizes, weights, { logits }),
          kind: "decode",
        },
        {
          ...positions.of(rows.map(maskRow), 1, cache),
          ...this.#cache.feeds(batch),
          ...calibrationFeeds(config, rows.map(calibratedRow), { positions: 1, cache }),
          ids: idsTensor(rows.map((row) => [row?.last ?? 0]), 1),
        },
      ),
      (outputs) =>
        rows.forEach((row, slot) => {
          if (row === undefined) return;
          row.worked += (performance.now() - begun) / active;
          const own = keysValuesOf(outputs, config.layers, slot);
          this.#cache.write(slot, own, { to: row.filled, count: 1 });
          row.filled += 1;
          this.#take(slot, row, choice(outputs, slot, row.sampler));
        }),
    );
  }

  /** Rows of the batch that serves so many. */
  #batch(rows: number): number {
    return Math.max(rows, this.#least);
  }

  /** Appends a token to its row; ends the row at EOS, at a stop string, or at the limit. */
  #take(slot: number, row: Row, { token, logProbability }: Choice): void {
    const { config } = this.#context;
    const finish: Finish | undefined = config.eosIds.includes(token)
      ? "eos"
      : row.answer.push(token, logProbability)
      ? "stop"
      : row.answer.tokens >= row.job.request.maxNewTokens || row.filled >= config.maxPositions
      ? "length"
      : undefined;
    row.last = token;
    if (finish === undefined) return;
    this.#rows[slot] = undefined;
    const { timed } = row.job.request;
    row.job.done({
      ...row.answer.finish(),
      finish,
      ...(timed ? { milliseconds: row.worked } : {}),
    });
  }

  #reserve(positions: number): void {
    if (positions > this.#cache.capacity) this.#cache = this.#cache.grown(cacheBucket(positions));
  }

  /** Moves the last rows into free slots where that makes the batch smaller. */
  #compact(): void {
    const wanted = this.#batch(this.active);
    for (;;) {
      const last = this.#rows.findLastIndex((row) => row !== undefined);
      const free = this.#rows.indexOf(undefined);
      if (last < wanted || free < 0 || free > last) return;
      this.#cache.move(last, free, this.#rows[last]!.filled);
      this.#rows[free] = this.#rows[last];
      this.#rows[last] = undefined;
    }
  }
}

/** A free slot reads position 0 alone, whatever is there: its result is not used. */
const maskRow = (row: Row | undefined): MaskRow =>
  row === undefined
    ? { cached: 0, hidden: [] }
    : { cached: row.filled, hidden: row.job.request.prefix.prompt.hidden };

const calibratedRow = (row: Row | undefined): CalibratedRow => ({
  calibration: row?.job.request.calibration,
  cached: row?.filled ?? 0,
  positions: 1,
});

interface Choice {
  readonly token: number;
  readonly logProbability: number;
}

function choice(
  outputs: Readonly<Record<string, Tensor>>,
  row: number,
  sample: Sampler | undefined,
): Choice {
  if (sample !== undefined) {
    const { data, shape } = outputs["logits"]!;
    const width = shape[1]!;
    return sample((data as Float32Array).subarray(row * width, (row + 1) * width));
  }
  return {
    token: Number((outputs["token"]!.data as BigInt64Array)[row]),
    logProbability: Math.log((outputs["probability"]!.data as Float32Array)[row]!),
  };
}

// Sizes at which a row's bits never depend on what else is in the batch.

/** Rounds a number of cached positions up; always a multiple of 128, for which zeros in the padding leave every bit as it is. */
function cacheBucket(positions: number): number {
  const step = positions <= 512 ? 128 : positions <= 2048 ? 256 : 1024;
  return Math.max(128, Math.ceil(positions / step) * step);
}

/**
 * Least rows of a decode batch for which a row's bits are those it has in any larger one: while there are fewer attention products
 * (rows times kv heads) than threads, ONNX Runtime splits a product among threads, and the width of a part decides the order of its
 * sums.
 */
function leastRows(kvHeads: number, threads: number): number {
  return Math.ceil(threads / kvHeads);
}
