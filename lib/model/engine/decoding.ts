/**
 * Generation with continuous batching: each row of the batch is an example at its own length, and a row that ends makes place
 * for the next example at once.
 *
 * @module
 */
import { Effect } from "effect";
import { calibrationFeeds } from "../graph/mod.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import { type EngineError, type Finish, type GenerateRequest, type Generation } from "./engine.ts";
import { NO_PROMPT } from "../soft_prompt.ts";
import { Memory } from "../weights/mod.ts";
import { nextToken } from "../graph/mod.ts";
import type { GraphRunner } from "./graph_runner.ts";
import {
  DeviceSlots,
  HostSlots,
  ownKeysValues,
  prefixFeeds,
  type Slots,
  virtualTokensOf,
} from "./cache/mod.ts";
import { idsTensor, int64Tensor, promptFeed } from "../graph/mod.ts";
import { type PositionFeeds } from "../graph/mod.ts";
import { type Prefixes, prefixLength } from "./prefixes.ts";
import { type Choice, choice, type Outputs, type Sampler, sampler } from "./sampling.ts";
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
  /** As this stream reads it: that of the job, but for the prefix of one that another is contrasted with. */
  readonly request: GenerateRequest;
  /** The stream that this one is contrasted with, in a slot of its own. */
  readonly against: Row | undefined;
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
  /** Most examples in flight. */
  readonly #examples: number;
  /** Whether drafts are read: a large model reads tokens hardly faster than it generates them in a batch. */
  readonly #drafts: boolean;
  readonly #cache: Slots;

  /** With room for `slots` examples at a time, {@linkcode MOST_ROWS} at most. */
  constructor(context: DecodingContext, slots: number) {
    const { config, runner } = context;
    const rows = Math.min(slots, MOST_ROWS);
    this.#context = context;
    this.#examples = rows;
    this.#drafts = Memory.isSmall(Memory.weightBytes(config));
    this.#rows = new Array<Row | undefined>(rows).fill(undefined);
    this.#cache = runner.onDevice ? new DeviceSlots(context) : new HostSlots(context, rows);
  }

  /** Gives back what it has on a device; nothing can be taken in any more. */
  release(): void {
    this.#cache.release();
  }

  /** Examples in flight. */
  get active(): number {
    return this.#rows.reduce((count, row) => count + (row !== undefined && leads(row) ? 1 : 0), 0);
  }

  /** Whether another example can be taken in. */
  get hasRoom(): boolean {
    return this.active < this.#examples;
  }

  /** Frees the slot of a job that nobody waits for any more. */
  drop(job: Job): void {
    this.#rows.forEach((row, slot) => {
      if (row?.job === job) this.#rows[slot] = undefined;
    });
  }

  /**
   * Takes a job in, for which there must be room: computes keys and values of its text after its prefix, and its first token. A draft is read
   * with the text, and as many of its tokens taken as would have been chosen.
   */
  admit(job: Job): Effect.Effect<void, EngineError> {
    const { request } = job;
    const { config, tokenizer } = this.#context;
    const lengthOf = ({ prefix, ids }: GenerateRequest) =>
      prefixLength(config, prefix) + ids.length;
    const filled = lengthOf(request);
    const draft = this.#draftOf(request, filled);
    const begun = performance.now();
    return Effect.gen(this, function* () {
      const slot = yield* this.#freeSlot();
      const outputs = yield* this.#read(slot, request, request.ids, draft);
      const answer = new AnswerText(tokenizer, request.stop);
      const plain = { job, request, against: undefined, answer, sampler: undefined };
      const other = otherStream(request);
      const against: Row | undefined = other &&
        { ...plain, request: other, filled: lengthOf(other), last: 0, worked: 0 };
      const row: Row = {
        ...plain,
        against,
        sampler: request.sampling &&
          sampler(request.sampling, [...request.prefix.ids, ...request.ids]),
        filled,
        last: 0,
        worked: 0,
      };
      this.#rows[slot] = row;
      const chosen = against && {
        outputs: yield* this.#readAgainst(against),
        row: 0,
      };
      row.worked = performance.now() - begun;
      for (let i = 0;; i++) {
        this.#take(row, choice(row, { outputs, row: i }, chosen));
        if (this.#rows[slot] !== row || row.last !== draft[i]) return;
        row.filled += 1;
      }
    });
  }

  /** Reads the text of a stream that another is contrasted with, into a slot of its own. */
  #readAgainst(row: Row): Effect.Effect<Outputs, EngineError> {
    return Effect.flatMap(this.#freeSlot(), (slot) => {
      this.#rows[slot] = row;
      return this.#read(slot, row.request, row.request.ids, []);
    });
  }

  /** A slot that is free, a new one where none is. */
  #freeSlot(): Effect.Effect<number, EngineError> {
    return Effect.suspend(() => {
      const free = this.#rows.indexOf(undefined);
      const slot = free >= 0 ? free : this.#rows.push(undefined) - 1;
      return Effect.as(this.#cache.reserve(1, slot + 1), slot);
    });
  }

  /** Fills a slot with keys and values of a request's prefix, ids and a draft of what follows; gives what the draft and what follows it should be. */
  #read(
    slot: number,
    request: GenerateRequest,
    ids: readonly number[],
    draft: readonly number[],
  ): Effect.Effect<Outputs, EngineError> {
    const { config, runner, prefixes, positions } = this.#context;
    return Effect.gen(this, function* () {
      const { calibration } = request;
      const calibrated = calibration !== undefined;
      const length = prefixLength(config, request.prefix) + ids.length + draft.length;
      // sinks are found over all rows: a text that is calibrated is read in one pass with its prefix
      const prompt = calibrated ? request.prefix.prompt : NO_PROMPT;
      const prefix = calibrated
        ? ownKeysValues(config, prompt)
        : yield* prefixes.get(request.prefix, length);
      const own = calibrated ? [...request.prefix.ids, ...ids, ...draft] : [...ids, ...draft];
      const cached = prefix?.positions ?? 0;
      const virtualTokens = prompt.method === "prompt" ? virtualTokensOf(config, prompt) : 0;
      const read = virtualTokens + own.length;
      // one graph reads texts of any length after prefixes of one length
      const sizes = { batch: 1, tokens: "tokens", virtualTokens, cache: cached, calibrated };
      const width = { positions: read, cache: cached };
      const logits = needsLogits(request);
      const first = read - draft.length - 1;
      const result = yield* runner.runKeeping(
        {
          key: `prefill n${virtualTokens} c${cached} ${logits} ${calibrated}`,
          build: (weights) =>
            nextToken(config, sizes, weights, { logits, predictions: "predictions" }),
          kind: "read",
          keep: this.#cache.keep,
        },
        {
          ...positions.of([{ cached, hidden: request.prefix.prompt.hidden }], read, cached),
          ...prefixFeeds(config, prefix),
          ...calibrationFeeds(config, [{ calibration, cached, positions: read }], width),
          ...promptFeed(config, prompt),
          ids: idsTensor([own], own.length),
          rows: int64Tensor(Array.from({ length: draft.length + 1 }, (_, i) => first + i)),
        },
      );
      yield* this.#cache.reserve(length + 1);
      const { hidden } = request.prefix.prompt;
      yield* this.#cache.fill(slot, { prefix, read: result, cached, count: read, hidden });
      return result.outputs;
    });
  }

  /** What is read of a request's draft: none where tokens are drawn, and no more than the answer may have. */
  #draftOf(request: GenerateRequest, filled: number): readonly number[] {
    const { draft = [], calibration, maxNewTokens } = request;
    if (!this.#drafts || needsLogits(request) || calibration !== undefined) return [];
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
    const { positions } = this.#context;
    const outgrows = (row: Row) => positions.outgrown(row.filled + 1);
    const outgrown = this.#rows.filter((row): row is Row =>
      row !== undefined && leads(row) &&
      (outgrows(row) || row.against !== undefined && outgrows(row.against))
    );
    const readAgain = (row: Row) =>
      Effect.map(
        this.#read(
          this.#rows.indexOf(row),
          row.request,
          [...row.request.ids, ...row.answer.ids],
          [],
        ),
        (outputs) => {
          row.filled += 1;
          return { outputs, row: 0 };
        },
      );
    return Effect.forEach(outgrown, (row) =>
      Effect.gen(this, function* () {
        const own = yield* readAgain(row);
        const other = row.against && (yield* readAgain(row.against));
        this.#take(row, choice(row, own, other));
      }), { discard: true });
  }

  #decode(): Effect.Effect<void, EngineError> {
    if (this.active === 0) return Effect.void;
    const [begun, active] = [performance.now(), this.active];
    return Effect.gen(this, function* () {
      for (const [from, to] of yield* this.#cache.compact(this.#rows.map((row) => row?.filled))) {
        this.#rows[to] = this.#rows[from];
        this.#rows[from] = undefined;
      }
      const used = this.#rows.findLastIndex((row) => row !== undefined) + 1;
      yield* this.#cache.reserve(Math.max(...this.#rows.map((row) => (row?.filled ?? 0) + 1)));
      const rows = Array.from(
        { length: this.#cache.batch(used) },
        (_, slot) => this.#rows[slot],
      );
      const logits = rows.some((row) => row !== undefined && needsLogits(row.request));
      const outputs = yield* this.#cache.step(rows.map((row) => row && stepRow(row)), logits);
      for (const row of rows) if (row !== undefined) row.filled += 1;
      rows.forEach((row, slot) => {
        if (row === undefined || !leads(row)) return;
        row.worked += (performance.now() - begun) / active;
        const other = row.against && { outputs, row: rows.indexOf(row.against) };
        this.#take(row, choice(row, { outputs, row: slot }, other));
      });
    });
  }

  /** Appends a token to its row; ends the row at EOS, at a stop string, or at the limit. */
  #take(row: Row, { token, logProbability }: Choice): void {
    const { config } = this.#context;
    const finish: Finish | undefined = config.eosIds.includes(token)
      ? "eos"
      : row.answer.push(token, logProbability)
      ? "stop"
      : row.answer.tokens >= row.job.request.maxNewTokens ||
          Math.max(row.filled, row.against?.filled ?? 0) >= config.maxPositions
      ? "length"
      : undefined;
    row.last = token;
    if (row.against !== undefined) row.against.last = token;
    if (finish === undefined) return;
    this.drop(row.job);
    const { timed } = row.job.request;
    row.job.done({
      ...row.answer.finish(),
      finish,
      ...(timed ? { milliseconds: row.worked } : {}),
    });
  }
}

const stepRow = ({ filled, last, request }: Row) => ({
  filled,
  last,
  hidden: request.prefix.prompt.hidden,
  calibration: request.calibration,
});

/** Whether it is the stream of an example itself, not one that it is contrasted with. */
const leads = (row: Row): boolean => row.request === row.job.request;

/** The request of the stream that a request is contrasted with. */
const otherStream = (request: GenerateRequest): GenerateRequest | undefined =>
  request.contrast && { ...request, prefix: request.contrast.against };

const needsLogits = ({ sampling, contrast }: GenerateRequest): boolean =>
  sampling !== undefined || contrast !== undefined;
