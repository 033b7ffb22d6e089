import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  gradientName,
  lossAndGradient,
  makeTrainer,
  type PackedRow,
  viewOf,
} from "../../../lib/model/training/mod.ts";
import { Session } from "../../../lib/runtime/mod.ts";
import { effectTest } from "../../support.ts";
import { feedsOf, opened, reference, relativeError } from "./support.ts";

test(
  "lossAndGradient() gives PyTorch's gradient of every weight",
  effectTest(() =>
    Effect.gen(function* () {
      const { config, parameters, batch, tokens, state, training, expected } = yield* reference;
      const session = yield* Session.make(lossAndGradient(config, { rows: 3, tokens }));
      const results = yield* session.run(feedsOf(config, state.weights, batch));
      const loss = results["loss"]!.data[0] as number;
      assert.ok(Math.abs(loss - training.losses[0]!) < 1e-5, `the loss is ${loss}`);
      for (const { name } of parameters) {
        const gradient = results[gradientName(name)]!.data as Float32Array;
        const error = relativeError(gradient, yield* expected(`gradient.${name}`));
        assert.ok(error < 1e-5, `${name} is off by ${error}`);
      }
    })
  ),
);

for (const family of ["llama", "mistral", "qwen2", "qwen3"]) {
  test(
    `lossAndGradient() gives each weight of ${family} the gradient by which the loss changes`,
    effectTest(() =>
      Effect.gen(function* () {
        const { config, parameters, weights } = yield* opened(family);
        const tokens = 12;
        const batch = [0, 1].map((b): PackedRow => ({
          ids: Array.from({ length: tokens + 1 }, (_, t) => (7 * t * t + 31 * b + 3) % 96),
          weights: new Array<number>(tokens + 1).fill(1),
        }));
        const session = yield* Session.make(lossAndGradient(config, { rows: 2, tokens }));
        const lossAt = (at: Float32Array) =>
          Effect.map(
            session.run(feedsOf(config, at, batch)),
            (results) => (results["loss"]!.data as Float32Array)[0]!,
          );
        const results = yield* session.run(feedsOf(config, weights, batch));
        for (const parameter of parameters) {
          const gradient = results[gradientName(parameter.name)]!.data as Float32Array;
          const norm = Math.sqrt(gradient.reduce((sum, each) => sum + each * each, 0));
          const moved = (by: number) => {
            const copy = weights.slice();
            viewOf(parameter, copy).forEach((w, i, view) => view[i] = w + by * gradient[i]! / norm);
            return copy;
          };
          // along the gradient the loss changes by its norm
          const by = 1e-2;
          const slope = ((yield* lossAt(moved(by))) - (yield* lossAt(moved(-by)))) / (2 * by);
          assert.ok(
            Math.abs(slope - norm) < 0.02 * norm + 1e-4,
            `${parameter.name}: slope ${slope}, norm of the gradient ${norm}`,
          );
        }
      })
    ),
  );
}

test(
  "step() makes PyTorch's steps: losses, gradient norms and weights",
  effectTest(() =>
    Effect.gen(function* () {
      const { config, parameters, batch, tokens, state, settings, lr, training, names, expected } =
        yield* reference;
      const trainer = yield* makeTrainer(
        { config, rows: 3, tokens, shards: 3, workers: 1, optimizer: settings },
        state,
      );
      let compared = 0;
      for (const [index, wantedLoss] of training.losses.entries()) {
        const { loss, gradientNorm } = yield* trainer.step(batch, lr);
        const wantedNorm = training.gradient_norms[index]!;
        assert.ok(Math.abs(loss - wantedLoss) < 1e-4, `loss ${loss} for ${wantedLoss}`);
        assert.ok(
          Math.abs(gradientNorm / wantedNorm - 1) < 1e-4,
          `gradient norm ${gradientNorm} for ${wantedNorm}`,
        );
        const prefix = `step${index + 1}.`;
        for (const name of names.filter((each) => each.startsWith(prefix))) {
          const parameter = parameters.find((each) => prefix + each.name === name)!;
          const found = viewOf(parameter, trainer.state().weights);
          const error = relativeError(found, yield* expected(name));
          assert.ok(error < 1e-5, `${name} is off by ${error}`);
          compared++;
        }
      }
      assert.is(compared, 6);
    })
  ),
);

test.run();
