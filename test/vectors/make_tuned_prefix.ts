/**
 * Tunes the prefix of adapters/tuned_here, of which make_adapters.py then says what PEFT makes: `npx tsx test/vectors/make_tuned_prefix.ts`.
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import * as NodeRuntime from "@effect/platform-node/NodeRuntime";
import { Effect, Stream } from "effect";
import { Checkpoint, promptWidth } from "../../lib/model/mod.ts";
import {
  initialTuneState,
  randomVectors,
  savePrompt,
  SoftPrompt,
  tune,
} from "../../lib/prompt/mod.ts";
import { engineOf } from "../model/engine_support.ts";
import { vector } from "../model/support.ts";
import { expectedOf } from "../model/vectors.ts";

const BASE = "qwen2";
const N = 4;
const OPTIONS = { method: "prefix", steps: 12, batch: 1, runPositions: 64, lr: 0.05 } as const;

const program = Effect.gen(function* () {
  const { config } = yield* Checkpoint.open(vector(BASE));
  const { question_ids: question, rationale_ids: rationale } = yield* expectedOf(BASE);
  const vectors = randomVectors(N, promptWidth(config, "prefix"), 27);
  const steps = tune(
    yield* engineOf(vector(BASE)),
    [{ ids: [...question, ...rationale], from: question.length }],
    { ...OPTIONS, warmup: 0, weightDecay: 0, clip: 1, seed: 0 },
    initialTuneState(vectors),
  );
  const last = yield* Stream.runFold(
    steps,
    vectors,
    (_, { loss, state }) => (console.log(loss), state.vectors),
  );
  const prompt = new SoftPrompt({
    ...{ name: "tuned_here", method: "prefix", virtualTokens: N },
    vectors: last,
  });
  yield* savePrompt(vector("adapters/tuned_here"), prompt, { model: BASE, ...config });
});

NodeRuntime.runMain(Effect.scoped(program).pipe(Effect.provide(NodeContext.layer)));
