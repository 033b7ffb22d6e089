import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { NO_PREFIX, type Prefix } from "../../../lib/model/engine/engine.ts";
import type { DecodingContext } from "../../../lib/model/engine/decoding.ts";
import { makeLocalEngine } from "../../../lib/model/engine/local_engine.ts";
import { type KeysValues, promptWidth, vectorsOf } from "../../../lib/model/engine/cache/mod.ts";
import { SoftPrompt } from "../../../lib/model/soft_prompt.ts";
import { effectTest } from "../../support.ts";
import {
  contextOf,
  largestDifference,
  relativeError,
  request,
  softPrompt,
  someIds,
} from "../engine_support.ts";
import { randomCheckpoint } from "../random_checkpoint.ts";

const SECONDS = 300;
const N = 4;
const QUESTION = someIds(7, 3);
const RATIONALE = someIds(9, 5);

const context = Effect.flatMap(
  randomCheckpoint(),
  (directory) => contextOf(directory, { config: { eosIds: [] } }),
);

/** A prompt's keys and values as a prefix of prefix tuning. */
const ownPrefix = ({ config, prefixes }: DecodingContext, prompt: Prefix) =>
  Effect.map(prefixes.get({ ...prompt, ids: [] }, 1), (keysValues) => ({
    ...prompt,
    prompt: new SoftPrompt({
      name: "prefix",
      method: "prefix",
      vectors: vectorsOf(config, keysValues! as KeysValues<Float32Array>),
      virtualTokens: N,
    }),
  }));

const texts = [[...QUESTION, ...RATIONALE], [...QUESTION.slice(2), ...RATIONALE.slice(0, 4)]].map(
  (ids, i) => ({ ids, from: QUESTION.length - 2 * i }),
);

test(
  "a prefix of a prompt's own keys and values answers and flows as the prompt, behind worked examples too",
  effectTest(() =>
    Effect.gen(function* () {
      const parts = yield* context;
      const engine = yield* makeLocalEngine(parts, 4);
      for (const ids of [[], someIds(11, 8)]) {
        const prompt = { ...softPrompt(N, parts.config.hiddenSize), ids };
        const both = [prompt, yield* ownPrefix(parts, prompt)];
        const answers = yield* Effect.forEach(
          both,
          (prefix) => engine.generate(request(QUESTION, 16, { prefix })),
          { concurrency: "unbounded" },
        );
        assert.equal(answers[1], answers[0]);
        const [flow, ownFlow] = yield* Effect.forEach(both, (prefix) =>
          engine.saliency({ prefix, questionIds: QUESTION, rationaleIds: RATIONALE }));
        assert.is(ownFlow!.virtualTokens, N);
        assert.equal(ownFlow, flow);
        const [states, ownStates] = yield* Effect.forEach(both, (prefix) =>
          engine.hiddenStates({ prefix, ids: QUESTION, layers: [1] }));
        assert.equal(ownStates, states);
        const { perToken } = yield* engine.divergence({
          ...{ prefix: both[0]!, against: both[1]! },
          ...{ questionIds: QUESTION, rationaleIds: RATIONALE },
        });
        assert.ok(perToken.every((kl) =>
          kl === 0
        ));
      }
    }), SECONDS),
);

test(
  "a hidden position's keys and values are read by no text",
  effectTest(() =>
    Effect.gen(function* () {
      const parts = yield* context;
      const engine = yield* makeLocalEngine(parts, 4);
      const prefix = yield* ownPrefix(parts, softPrompt(N, parts.config.hiddenSize));
      const width = promptWidth(parts.config, "prefix");
      const other = prefix.prompt.with({
        vectors: prefix.prompt.vectors.map((x, i) => Math.floor(i / width) === 2 ? 3 - x : x),
      });
      const flowOf = (prompt: SoftPrompt) =>
        engine.saliency({
          prefix: { ...NO_PREFIX, prompt },
          ...{ questionIds: QUESTION, rationaleIds: RATIONALE },
        });
      const hide = (prompt: SoftPrompt) => flowOf(prompt.with({ hidden: [2] }));
      const [one, same] = [yield* hide(prefix.prompt), yield* hide(other)];
      assert.equal(one, same);
      assert.not.equal((yield* flowOf(other)).promptFlow, one.promptFlow);
      const read = [0, 1, 2, 3].map((j) => one.promptFlow.some((x, at) => at % N === j && x > 0));
      assert.equal(read, [true, true, false, true]);
    }), SECONDS),
);

test(
  "promptGradient() of a prefix is what central differences give, and that of a batch the sum over its texts",
  effectTest(() =>
    Effect.gen(function* () {
      const parts = yield* context;
      const engine = yield* makeLocalEngine(parts, 4);
      const { prompt } = yield* ownPrefix(parts, softPrompt(N, parts.config.hiddenSize));
      const { method, vectors } = prompt;
      const ask = (given: Float32Array, some: typeof texts = texts) =>
        engine.promptGradient({ method, vectors: given, texts: some, tokenWeight: 1 / 13 });
      const { gradient, loss } = yield* ask(vectors);
      assert.is(gradient.length, N * promptWidth(parts.config, "prefix"));
      const [first, second] = [yield* ask(vectors, [texts[0]!]), yield* ask(vectors, [texts[1]!])];
      const sum = first.gradient.map((g, i) => g + second.gradient[i]!);
      assert.ok(relativeError(gradient, sum) < 1e-5);
      assert.ok(Math.abs(loss - first.loss - second.loss) < 1e-5);
      // along the gradient, in which the loss changes most
      const step = 1e-2;
      const norm = Math.sqrt(gradient.reduce((all, g) => all + g * g, 0));
      const moved = (by: number) => ask(vectors.map((x, i) => x + by * gradient[i]! / norm));
      const slope = ((yield* moved(step)).loss - (yield* moved(-step)).loss) / (2 * step);
      assert.ok(Math.abs(slope / norm - 1) < 1e-2, `${slope} and ${norm}`);
      // and the loss of a prompt whose keys and values they are
      const { vectors: own } = softPrompt(N, parts.config.hiddenSize).prompt;
      const plain = yield* engine.promptGradient({ vectors: own, texts, tokenWeight: 1 / 13 });
      assert.ok(Math.abs(plain.loss - loss) < 1e-5);
    }), SECONDS),
);

test(
  "a calibration of attention that keeps all of a sink's share leaves the answers behind a prefix",
  effectTest(() =>
    Effect.gen(function* () {
      const parts = yield* context;
      const engine = yield* makeLocalEngine(parts, 4);
      const prefix = {
        ...yield* ownPrefix(parts, softPrompt(N, parts.config.hiddenSize)),
        ids: someIds(5, 2),
      };
      const heads = [[0, 0], [1, 1]] as const;
      const ask = (beta?: number) =>
        engine.generate(request(QUESTION, 16, {
          prefix,
          ...(beta === undefined ? {} : { calibration: { alpha: 1, beta, heads } }),
        }));
      const [plain, kept, taken] = [yield* ask(), yield* ask(1), yield* ask(0)];
      assert.equal(kept.ids, plain.ids);
      const differs = largestDifference(
        Float32Array.from(kept.logProbabilities),
        Float32Array.from(plain.logProbabilities),
      );
      assert.ok(differs < 1e-4, `${differs}`);
      assert.not.equal(taken.logProbabilities, kept.logProbabilities);
    }), SECONDS),
);

test(
  "a prefix for another model's layers or heads is refused",
  effectTest(() =>
    Effect.gen(function* () {
      const parts = yield* context;
      const engine = yield* makeLocalEngine(parts, 4);
      const width = promptWidth(parts.config, "prefix");
      const prompt = new SoftPrompt({
        ...{ name: "x", method: "prefix", virtualTokens: 1 },
        vectors: new Float32Array(width - 1),
      });
      const refused = yield* Effect.flip(
        engine.generate(request(QUESTION, 2, { prefix: { ...NO_PREFIX, prompt } })),
      );
      assert.is(
        refused.message,
        `Cannot use a soft prompt of ${
          width - 1
        } numbers as the model's keys and values of a position are ${width}`,
      );
    }), SECONDS),
);

test.run();
