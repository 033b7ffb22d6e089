/**
 * What the benchmark measures: each row is this project's work and, where it has one, the same work for the peer.
 *
 * @module
 */
import type { FileSystem, Path } from "@effect/platform";
import { Duration, Effect, Either, type Scope, Stream } from "effect";
import * as Limits from "./bench_limits.ts";
import type { PeerRequest } from "./bench_peer.ts";
import { EMBEDDED_MODEL } from "./options.ts";
import { byName, evaluate, Model, openModel, Stage } from "../lib/eval/mod.ts";
import {
  Checkpoint,
  Memory,
  NO_PREFIX,
  openEngine,
  openLocalEngine,
  type Placement,
  type Quantization,
} from "../lib/model/mod.ts";
import * as Training from "../lib/model/training/mod.ts";
import { loadCalibration, loadPrompt } from "../lib/prompt/mod.ts";
import { byName as taskByName, examples } from "../lib/task/mod.ts";

/** The embedded model's prompt that whole jobs use. */
const EMBEDDED_PROMPT = "data/prompts/seed0";

/** What one run took, and how many tokens or texts it made. */
export interface Measure {
  /** Wall-clock time in seconds, or memory in bytes. */
  readonly amount: number;
  /** Tokens or texts. */
  readonly count: number;
}

/** One row of the benchmark's table, ready to run. */
export interface Work {
  readonly ours: Effect.Effect<Measure, Failure>;
  /** The same work for the peer, or other work of this project that the row compares with. */
  readonly against: PeerRequest | Effect.Effect<Measure, Failure>;
}

/** Anything that fails with a line to read. */
interface Failure {
  readonly message: string;
}

type Prepare = (options: BenchOptions) => Effect.Effect<
  Work,
  Failure,
  FileSystem.FileSystem | Path.Path | Scope.Scope
>;

/** What rows are measured on. */
export interface BenchOptions {
  /** Directory of the checkpoint for the rows of decoding, saliency and tuning. */
  readonly model: string;
  readonly threads: number;
  /** Tokens that are generated. */
  readonly tokens: number;
  /** Problems of a whole job. */
  readonly problems: number;
}

/** Numbers like a soft prompt's, the same each time. */
const vectorsOf = (n: number, d: number): Float32Array =>
  Float32Array.from({ length: n * d }, (_, i) => 0.05 * Math.sin(i));

/** Token ids without a pattern, the same each time. */
const idsOf = (length: number, seed: number): number[] =>
  Array.from({ length }, (_, i) => 20 + ((i + 1) * 7919 + seed * 104729) % 30000);

/** Runs an effect that says what it made, and times it. */
const timed = <E>(effect: Effect.Effect<number, E>): Effect.Effect<Measure, E> =>
  Effect.map(Effect.timed(effect), ([duration, count]) => ({
    amount: Duration.toSeconds(duration),
    count,
  }));

/** Greedy continuations of a batch of texts, `decode 8` for eight; the peer has the weights in float32. */
const decode = (batch: number, quantization?: Quantization): Prepare => (options) =>
  Effect.gen(function* () {
    const { model, threads, tokens } = options;
    const engine = yield* openLocalEngine({
      directory: model,
      threads,
      slots: batch,
      quantization,
    });
    const ids = Array.from({ length: batch }, (_, row) => idsOf(64, row));
    const generations = Effect.forEach(
      ids,
      (own) => engine.generate({ prefix: NO_PREFIX, ids: own, maxNewTokens: tokens, stop: [] }),
      { concurrency: "unbounded" },
    );
    return {
      ours: timed(
        Effect.map(generations, (all) => all.reduce((sum, { ids }) => sum + ids.length, 0)),
      ),
      against: { work: "decode", directory: model, ids, tokens },
    };
  });

/** The saliency of one text of 200 + 150 tokens behind 16 vectors. */
const saliency: Prepare = ({ model, threads }) =>
  Effect.gen(function* () {
    const { config } = yield* Checkpoint.open(model);
    const engine = yield* openLocalEngine({ directory: model, threads, slots: 1 });
    const vectors = vectorsOf(16, config.hiddenSize);
    const ids = idsOf(350, 1);
    const request = {
      prefix: { ...NO_PREFIX, vectors },
      questionIds: ids.slice(0, 200),
      rationaleIds: ids.slice(200),
    };
    return {
      ours: timed(Effect.as(engine.saliency(request), 1)),
      against: {
        work: "saliency",
        directory: model,
        ids,
        question: 200,
        vectors: rowsOf(vectors, config.hiddenSize),
      },
    };
  });

/** The gradient of a batch of 4 x 256 tokens for 16 vectors; half of each text counts in the loss. */
const tune: Prepare = ({ model, threads }) =>
  Effect.gen(function* () {
    const { config } = yield* Checkpoint.open(model);
    const engine = yield* openLocalEngine({ directory: model, threads, slots: 1 });
    const texts = [0, 1, 2, 3].map((row) => ({ ids: idsOf(256, row), from: 128 }));
    const request = { vectors: vectorsOf(16, config.hiddenSize), texts, tokenWeight: 1 / 512 };
    return {
      ours: timed(Effect.as(engine.promptGradient(request), 4 * 256)),
      against: { work: "tune", directory: model, rows: 4, length: 256, virtual: 16 },
    };
  });

/** One step of training all weights of the embedded model on 32 x 160 tokens. */
const train: Prepare = ({ threads }) =>
  Effect.gen(function* () {
    const { config } = yield* Checkpoint.open(EMBEDDED_MODEL);
    const parameters = Training.parametersOf(config);
    const trainer = yield* Training.makeTrainer({
      config,
      rows: 32,
      tokens: 160,
      shards: 4,
      workers: threads,
      optimizer: {
        betas: [0.9, 0.95],
        epsilon: 1e-8,
        clip: 1,
        weightDecay: 0.01,
        decayVectors: false,
      },
    }, Training.initialState(Training.initialWeights(parameters, { seed: 0, range: 0.02 })));
    const batch = Array.from({ length: 32 }, (_, row) => ({
      ids: idsOf(161, row).map((id) => id % config.vocabSize),
      weights: new Array<number>(161).fill(1),
    }));
    return {
      ours: timed(Effect.as(trainer.step(batch, 1e-3), 32 * 160)),
      against: { work: "train", directory: EMBEDDED_MODEL, rows: 32, length: 160 },
    };
  });

/** Arms over the first problems of the benchmark's test split, on the embedded model. */
function job(
  names: readonly string[],
  { problems, placement }: {
    readonly problems: number;
    readonly placement: Partial<Placement>;
  },
) {
  return Effect.gen(function* () {
    const model = yield* openModel({ directory: EMBEDDED_MODEL, ...placement });
    const task = yield* taskByName("word-problems");
    const prompt = yield* loadPrompt(EMBEDDED_PROMPT, model.config.hiddenSize);
    const calibration = yield* loadCalibration(EMBEDDED_PROMPT, prompt);
    const arms = yield* Either.all(names.map((name) => byName(name, { calibration, seed: 0 })));
    const tokenized = yield* examples(task, {
      path: "data/benchmark",
      split: "test",
      limit: problems,
    }).pipe(Stage.tokenize(task), Stream.runCollect, Effect.provideService(Model, model));
    const run = evaluate(Stream.fromChunk(tokenized), task, {
      prompt: { ...prompt, name: "prompt" },
      arms,
    }).pipe(Stream.runCount, Effect.provideService(Model, model));
    return { run: timed(run), tokenized, task, prompt, calibration };
  });
}

/** The whole job, both batched. */
const wholeJob: Prepare = ({ problems, threads }) =>
  Effect.gen(function* () {
    const placement = { workers: threads, threads: 1 };
    const { run, tokenized, task, prompt, calibration } = yield* job(
      ["base", "pt", "dpc:affectedRatio"],
      { problems, placement },
    );
    return {
      ours: run,
      against: {
        work: "job",
        directory: EMBEDDED_MODEL,
        texts: Array.from(tokenized, ({ prefixIds, ids }) => [...prefixIds, ...ids]),
        vectors: rowsOf(prompt.vectors, prompt.vectors.length / prompt.virtualTokens),
        tokens: task.maxNewTokens,
        beta: calibration?.beta ?? 0,
        rho: calibration?.triggers["affectedRatio"]?.threshold ?? 0,
      },
    };
  });

/** Pt and dpc in one run against pt alone. */
const dpcAgainstPt: Prepare = ({ problems, threads }) =>
  Effect.gen(function* () {
    const placement = { workers: threads, threads: 1 };
    const alone = yield* job(["pt"], { problems, placement });
    const both = yield* job(["pt", "dpc:affectedRatio"], { problems, placement });
    return { ours: both.run, against: alone.run };
  });

/** Two workers with one thread against one worker with two threads. */
const twoWorkers: Prepare = ({ problems }) =>
  Effect.gen(function* () {
    const arms = ["base", "pt", "dpc:affectedRatio"];
    const two = yield* job(arms, { problems, placement: { workers: 2, threads: 1 } });
    const one = yield* job(arms, { problems, placement: { workers: 1, threads: 2 } });
    return { ours: two.run, against: one.run };
  });

/** Ten times as many problems, seconds for each. */
const linear: Prepare = ({ problems, threads }) =>
  Effect.gen(function* () {
    const placement = { workers: threads, threads: 1 };
    const few = yield* job(["pt"], { problems, placement });
    const many = yield* job(["pt"], { problems: 10 * problems, placement });
    return { ours: many.run, against: few.run };
  });

/** A text of 100 tokens behind 1000 that are shared: with and without the cache of prefixes. */
const prefixCache: Prepare = ({ model, threads }) =>
  Effect.gen(function* () {
    const engine = yield* openLocalEngine({ directory: model, threads, slots: 1 });
    const [shared, own] = [idsOf(1000, 1), idsOf(100, 2)];
    const first = (prefixIds: readonly number[], ids: readonly number[]) =>
      timed(
        Effect.as(
          engine.generate({
            prefix: { ...NO_PREFIX, ids: prefixIds },
            ids,
            maxNewTokens: 1,
            stop: [],
          }),
          1,
        ),
      );
    return { ours: first(shared, own), against: first([], [...shared, ...own]) };
  });

/** A token of the decoder at batch 1, and the same bytes of weights read as fast as the machine reads. */
const roofline: Prepare = (options) =>
  Effect.gen(function* () {
    const { ours } = yield* decode(1)(options);
    const { config } = yield* Checkpoint.open(options.model);
    const rate = yield* Limits.readRate(options.threads);
    return {
      ours,
      against: Effect.succeed({ amount: Memory.weightBytes(config) / rate, count: 1 }),
    };
  });

/** Saliency of a text twice as long, against four times that of the text. */
const length: Prepare = ({ model, threads }) =>
  Effect.gen(function* () {
    const { config } = yield* Checkpoint.open(model);
    const engine = yield* openLocalEngine({ directory: model, threads, slots: 1 });
    const prefix = { ...NO_PREFIX, vectors: vectorsOf(16, config.hiddenSize) };
    const of = (tokens: number) => {
      const ids = idsOf(tokens, 1);
      const request = {
        prefix,
        questionIds: ids.slice(0, tokens / 2),
        rationaleIds: ids.slice(tokens / 2),
      };
      return timed(Effect.as(engine.saliency(request), 1));
    };
    return {
      ours: of(600),
      against: Effect.map(of(300), ({ amount, count }) => ({ amount: 4 * amount, count })),
    };
  });

/** Memory after generating with two workers, against one. */
const memory: Prepare = ({ model }) =>
  Effect.sync(() => {
    const after = (workers: number) =>
      Effect.scoped(Effect.gen(function* () {
        const engine = yield* openEngine({ directory: model, workers, threads: 1, slots: 4 });
        yield* Effect.forEach(
          Array.from({ length: 4 * workers }, (_, row) => idsOf(64, row)),
          (ids) => engine.generate({ prefix: NO_PREFIX, ids, maxNewTokens: 16, stop: [] }),
          { concurrency: "unbounded" },
        );
        const amount = yield* Effect.promise(Limits.residentBytes);
        if (amount === undefined) {
          return yield* Effect.fail({ message: "Cannot measure memory as only Linux tells it" });
        }
        return { amount, count: 1 };
      }));
    return { ours: after(2), against: after(1) };
  });

const rowsOf = (vectors: Float32Array, width: number): readonly (readonly number[])[] =>
  Array.from(
    { length: vectors.length / width },
    (_, row) => [...vectors.subarray(row * width, (row + 1) * width)],
  );

/** A row's work and what its ratio should be. */
export interface Row {
  readonly title: string;
  /** Milliseconds unless told. */
  readonly unit?: "MiB";
  /** Seconds of the other divided by seconds of this, for one token or text; at least this. */
  readonly target: number;
  readonly prepare: Prepare;
}

/** The rows by name. */
export const ROWS: Readonly<Record<string, Row>> = {
  job: { title: "whole job, arms base, pt and dpc", target: 5, prepare: wholeJob },
  decode1: { title: "decode, batch 1", target: 1.4, prepare: decode(1) },
  decode8: { title: "decode, batch 8", target: 2, prepare: decode(8) },
  q8: { title: "decode, batch 1, 8 bits", target: 2.5, prepare: decode(1, "q8") },
  q4: { title: "decode, batch 1, 4 bits", target: 3.5, prepare: decode(1, "q4") },
  saliency: { title: "saliency, 200 + 150 tokens, 16 vectors", target: 1.5, prepare: saliency },
  tune: { title: "tuning step, 4 x 256 tokens", target: 1.1, prepare: tune },
  train: { title: "training step of all weights, 32 x 160", target: 1, prepare: train },
  dpc: { title: "dpc with pt, against pt alone", target: 1 / 1.5, prepare: dpcAgainstPt },
  prefix: { title: "1000 shared tokens: cached, against not", target: 4, prepare: prefixCache },
  workers: {
    title: "two workers, against one with two threads",
    target: 1.3,
    prepare: twoWorkers,
  },
  roofline: {
    title: "decode, batch 1: bytes of weights in a second",
    target: 0.75,
    prepare: roofline,
  },
  length: { title: "saliency, twice the length: against four times", target: 1, prepare: length },
  memory: { title: "memory of two workers", unit: "MiB", target: 1 / 1.3, prepare: memory },
  linear: { title: "ten times the problems, for each", target: 0.9, prepare: linear },
};
