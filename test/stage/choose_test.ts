import { Effect, Stream } from "effect";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Corruption } from "../../lib/dpc/mod.ts";
import { NO_PROMPT } from "../../lib/prompt/mod.ts";
import { Model, Stage } from "../../lib/stage/mod.ts";
import { wordProblems } from "../../lib/task/mod.ts";
import { tinyPrompt } from "../fixtures.ts";
import { effectTest } from "../support.ts";
import { tinyFor } from "../support_arms.ts";

const test = suite("stage/choose");
const tiny = tinyFor(test);
const prompt = tinyPrompt(4, 0, "seed0");

test(
  "route() answers under the prompt that is chosen by the hidden state of the question",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, tokenized, generations } = yield* tiny(6);
      const { corrupt } = Corruption.fixedPosition({ position: 1 });
      const options: readonly Stage.RouteOption[] = [
        { name: "base", of: () => NO_PROMPT },
        { name: "static", of: (own) => corrupt(own, { id: "", accumulation: undefined }).prompt },
      ];
      const states: Float32Array[] = [];
      const route = Stage.route({
        options,
        layer: 1,
        choose: ({ state }) => {
          states.push(state!);
          return states.length % 2;
        },
      }, { prompt });
      const examples = yield* Effect.provideService(Stream.runCollect(tokenized), Model, model);
      for (const example of examples) {
        const record = yield* Effect.provideService(route(example), Model, model);
        const { ids, prefixIds } = example;
        const request = { prefix: { prompt, ids: prefixIds }, ids, layers: [1] };
        const expected = (yield* model.engine.hiddenStates(request)).states[0]!;
        assert.equal(states.at(-1), expected, "read under the arm's own prompt");
        const { name, of } = options[states.length % 2]!;
        assert.is(record.chosen, name);
        assert.is(record.prompt.hash, of(prompt).hash);
        assert.is(generations.at(-1)!.prefix.prompt.hash, of(prompt).hash);
      }
    })
  ),
);

test(
  "select() takes the answer chosen, under its prompt, and makes the third only where it may be chosen",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, tokenized, generations, saliencies } = yield* tiny(1);
      const [example] = yield* Effect.provideService(Stream.runCollect(tokenized), Model, model);
      for (const at of [0, 1, 2]) {
        generations.length = saliencies.length = 0;
        const corruption = at < 2 ? {} : { corruption: Corruption.accumulated() };
        let seen: Stage.SelectableAnswers | undefined;
        const choose = (answers: Stage.SelectableAnswers) => {
          seen = answers;
          return at;
        };
        const select = Stage.select({ ...corruption, choose }, { prompt, task: wordProblems });
        const record = yield* Effect.provideService(select(example!), Model, model);
        assert.is(record.chosen, ["base", "pt", "corrected"][at]);
        assert.is(record.prompt.virtualTokens, at === 0 ? 0 : 4);
        assert.is(generations.length, at < 2 ? 2 : 3);
        assert.is(saliencies.length, at < 2 ? 0 : 1);
        const all = [record.first, record.compared, ...record.corruptions.map((c) => c.answer)];
        assert.is(new Set(all).size, generations.length, "every answer is on record");
        const counted = [seen!.base, seen!.pt, seen!.corrected?.answer][at]!;
        assert.equal(record.answer.logProbabilities, counted.logProbabilities);
      }
    })
  ),
);

test.run();
