/**
 * The worker of {@linkcode ./trainer.ts}: computes the loss and gradient of a shard, a part of a batch. Weights come and
 * gradients go through memory that all threads share.
 *
 * @module
 */
import { Effect, type Scope } from "effect";
import {
  type Handler,
  type OutOfMemory,
  serve,
  Session,
  type SessionError,
  type Tensor,
} from "../../runtime/mod.ts";
import type { DecoderConfig } from "../checkpoint/mod.ts";
import { floatTensor, PositionFeeds } from "../graph/mod.ts";
import { parametersOf, viewOf } from "./parameters.ts";
import { gradientName, lossAndGradient, type TrainingSizes } from "./training_graph.ts";

/** What a worker is opened with. */
export interface WorkerOptions {
  readonly config: DecoderConfig;
  /** Of a shard. */
  readonly sizes: TrainingSizes;
  /** f32 [weights]. */
  readonly weights: SharedArrayBuffer;
  /** f32 [shards, weights]. */
  readonly gradients: SharedArrayBuffer;
}

/** A shard to compute, of the given step: `ids`, `labels` and `tokenWeights` are [B * T]. */
export interface Shard {
  readonly step: number;
  /** Which part of the gradients it fills. */
  readonly index: number;
  readonly ids: BigInt64Array;
  readonly labels: BigInt64Array;
  readonly tokenWeights: Float32Array;
}

function open(
  { config, sizes, weights, gradients }: WorkerOptions,
): Effect.Effect<Handler<Shard, number>, SessionError | OutOfMemory, Scope.Scope> {
  return Effect.gen(function* () {
    // One thread: with more, ONNX Runtime's ScatterND loses updates of rows that repeat, and the embedding's gradient needs it.
    const session = yield* Session.make(lossAndGradient(config, sizes), { threads: 1 });
    const { rows, tokens } = sizes;
    const parameters = parametersOf(config);
    const shared = new Float32Array(weights);
    // ONNX Runtime refuses shared memory: each worker feeds a copy.
    const own = new Float32Array(shared.length);
    let current = 0;
    const none = { cached: 0, hidden: [] };
    const feeds: Record<string, Tensor> = {
      ...new PositionFeeds(config).of(new Array(rows).fill(none), tokens, 0),
      ...Object.fromEntries(
        parameters.map((p) => [p.name, floatTensor(viewOf(p, own), p.shape)]),
      ),
    };
    return (shard) =>
      Effect.gen(function* () {
        if (shard.step !== current) own.set(shared);
        current = shard.step;
        const results = yield* session.run({
          ...feeds,
          ids: { dtype: "i64", shape: [rows, tokens], data: shard.ids },
          labels: { dtype: "i64", shape: [rows * tokens], data: shard.labels },
          tokenWeights: floatTensor(shard.tokenWeights),
        });
        const into = new Float32Array(gradients, shard.index * weights.byteLength, own.length);
        for (const parameter of parameters) {
          viewOf(parameter, into).set(results[gradientName(parameter.name)]!.data as Float32Array);
        }
        return (results["loss"]!.data as Float32Array)[0]!;
      });
  });
}

serve(open);
