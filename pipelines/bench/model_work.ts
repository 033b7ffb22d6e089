/**
 * Rows of the benchmark that run one model: decoding, saliency, gradients, memory.
 *
 * @module
 */
import { Effect } from "effect";
import * as Limits from "./limits.ts";
import { type BenchOptions, idsOf, type Prepare, promptOf, rowsOf, timed } from "./row.ts";
import { EMBEDDED_MODEL } from "../cli/options.ts";
import * as Model from "../../lib/model/mod.ts";
import * as Training from "../../lib/model/training/mod.ts";

/** A checkpoint's configuration, texts in its vocabulary, and an engine. */
const open = (
  { model, threads, device }: Pick<BenchOptions, "model" | "threads" | "device">,
  more: Pick<Model.EngineOptions, "slots" | "quantization"> = { slots: 1 },
) =>
  Effect.gen(function* () {
    const { config } = yield* Model.Checkpoint.open(model);
    const engine = yield* Model.openLocalEngine({
      directory: model,
      threads,
      device,
      ...more,
    });
    return { config, engine, ids: idsIn(config) };
  });

const idsIn = ({ vocabSize }: { readonly vocabSize: number }) => (length: number, seed: number) =>
  idsOf(length, seed, vocabSize);

/** Greedy continuations of a batch of texts, `decode 8` for eight; the peer has the weights in float32. */
export const decode = (batch: number, quantization?: Model.Quantization): Prepare => (options) =>
  Effect.gen(function* () {
    const { model, tokens } = options;
    const { engine, ids: text } = yield* open(options, { slots: batch, quantization });
    const ids = Array.from({ length: batch }, (_, row) => text(64, row));
    const generations = Effect.forEach(
      ids,
      (own) =>
        engine.generate({ prefix: Model.NO_PREFIX, ids: own, maxNewTokens: tokens, stop: [] }),
      { concurrency: "unbounded" },
    );
    return {
      ours: timed(
        Effect.map(generations, (all) => all.reduce((sum, { ids }) => sum + ids.length, 0)),
      ),
      against: { work: "decode", directory: model, ids, tokens },
    };
  });

/** Greedy continuations of a batch by products of 8-bit numbers, against the same in float32. */
export const decodeInt8 = (batch: number): Prepare => (options) =>
  Effect.gen(function* () {
    const { ours: against } = yield* decode(batch)(options);
    const { ours } = yield* decode(batch, "int8")(options);
    return { ours, against };
  });

/** A tuning step by products of 8-bit numbers, against the same in float32. */
export const tuneInt8: Prepare = (options) =>
  Effect.gen(function* () {
    const { ours: against } = yield* tune(options);
    const { ours } = yield* tune(options, "int8");
    return { ours, against };
  });

/** The saliency of one text of 200 + 150 tokens after 16 vectors. */
export const saliency: Prepare = (options) =>
  Effect.gen(function* () {
    const { config: { hiddenSize }, engine, ids: text } = yield* open(options);
    const prompt = promptOf(16, hiddenSize);
    const ids = text(350, 1);
    const request = {
      prefix: { ...Model.NO_PREFIX, prompt },
      questionIds: ids.slice(0, 200),
      rationaleIds: ids.slice(200),
    };
    return {
      ours: timed(Effect.as(engine.saliency(request), 1)),
      against: {
        work: "saliency",
        directory: options.model,
        ids,
        question: 200,
        vectors: rowsOf(prompt.vectors, hiddenSize),
      },
    };
  });

/** The gradient of a batch of 4 x 256 tokens for 16 vectors; half of each text counts in the loss. */
export const tune = (
  options: Parameters<Prepare>[0],
  quantization?: Model.Quantization,
): ReturnType<Prepare> =>
  Effect.gen(function* () {
    const { config, engine, ids } = yield* open(options, { slots: 1, quantization });
    const texts = [0, 1, 2, 3].map((row) => ({ ids: ids(256, row), from: 128 }));
    const { vectors } = promptOf(16, config.hiddenSize);
    const request = { vectors, texts, tokenWeight: 1 / 512 };
    return {
      ours: timed(Effect.as(engine.promptGradient(request), 4 * 256)),
      against: { work: "tune", directory: options.model, rows: 4, length: 256, virtual: 16 },
    };
  });

/** One step of training all weights of the embedded model on 32 x 160 tokens. */
export const train: Prepare = ({ threads }) =>
  Effect.gen(function* () {
    const { config } = yield* Model.Checkpoint.open(EMBEDDED_MODEL);
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
      ids: idsOf(161, row, config.vocabSize),
      weights: new Array<number>(161).fill(1),
    }));
    return {
      ours: timed(Effect.as(trainer.step(batch, 1e-3), 32 * 160)),
      against: { work: "train", directory: EMBEDDED_MODEL, rows: 32, length: 160 },
    };
  });

/** A text of 100 tokens after 1000 that are shared: with and without the cache of prefixes. */
export const prefixCache: Prepare = (options) =>
  Effect.gen(function* () {
    const { engine, ids: text } = yield* open(options);
    const [shared, own] = [text(1000, 1), text(100, 2)];
    const first = (prefixIds: readonly number[], ids: readonly number[]) => {
      const prefix = { ...Model.NO_PREFIX, ids: prefixIds };
      return timed(Effect.as(engine.generate({ prefix, ids, maxNewTokens: 1, stop: [] }), 1));
    };
    return { ours: first(shared, own), against: first([], [...shared, ...own]) };
  });

/** A token of the decoder at batch 1, and the same bytes of weights read as fast as the machine reads. */
export const roofline: Prepare = (options) =>
  Effect.gen(function* () {
    const { ours } = yield* decode(1)(options);
    const { config } = yield* Model.Checkpoint.open(options.model);
    const rate = yield* Limits.readRate(options.threads);
    return {
      ours,
      against: Effect.succeed({ amount: Model.Memory.weightBytes(config) / rate, count: 1 }),
    };
  });

/** Saliency of a text twice as long, against four times that of the text. */
export const length: Prepare = (options) =>
  Effect.gen(function* () {
    const { config, engine, ids: text } = yield* open(options);
    const prefix = { ...Model.NO_PREFIX, prompt: promptOf(16, config.hiddenSize) };
    const of = (tokens: number) => {
      const ids = text(tokens, 1);
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

/** Model.Memory after generating with two workers, against one. */
export const memory: Prepare = ({ model }) =>
  Effect.gen(function* () {
    const ids = idsIn((yield* Model.Checkpoint.open(model)).config);
    const after = (workers: number) =>
      Effect.scoped(Effect.gen(function* () {
        const engine = yield* Model.openEngine({ directory: model, workers, threads: 1, slots: 4 });
        yield* Effect.forEach(
          Array.from({ length: 4 * workers }, (_, row) => ids(64, row)),
          (ids) => engine.generate({ prefix: Model.NO_PREFIX, ids, maxNewTokens: 16, stop: [] }),
          { concurrency: "unbounded" },
        );
        const amount = yield* Effect.promise(Limits.residentBytes);
        if (amount === undefined) {
          return yield* Effect.fail({ message: "Cannot measure memory as only Linux reports it" });
        }
        return { amount, count: 1 };
      }));
    return { ours: after(2), against: after(1) };
  });
