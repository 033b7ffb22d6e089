import { FileSystem } from "@effect/platform";
import { Effect, pipe, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Corruption, deepLayers, shallowLayers, Trigger } from "../../lib/dpc/mod.ts";
import { Arm, observe } from "../../lib/arm/mod.ts";
import { Model, openModel, Stage } from "../../lib/stage/mod.ts";
import { armSample } from "../../lib/arm/sample.ts";
import { examples, type Task, wordProblems } from "../../lib/task/mod.ts";
import { tinyDataset, tinyModel, tinyPrompt } from "../fixtures.ts";
import { effectTest, shared } from "../support.ts";

/** A model and two questions. */
const sharedModel = shared(
  test,
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = yield* fs.makeTempDirectoryScoped();
    const data = `${folder}/data.jsonl`;
    yield* tinyModel(`${folder}/model`);
    yield* tinyDataset(data, 2);
    const model = yield* openModel({ directory: `${folder}/model`, workers: 1, threads: 1 });
    return { model, data };
  }),
);

const CUE = "\nTherefore the answer is";
const ARMS = [
  Arm.make({ name: "base", prompted: false }),
  Arm.make({ name: "pt" }),
  Arm.make({ name: "untriggered", trigger: Trigger.always }),
];

test(
  "an arm asks again after its answer, under the prompt that gave it, and keeps all of the text",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, data } = yield* sharedModel;
      const prompt = tinyPrompt(4, 0, "seed0");
      const template = {
        ...wordProblems.templates[0],
        secondPass: { cue: CUE, maxNewTokens: 5 },
      };
      for (const arm of ARMS) {
        const records = yield* pipe(
          examples(wordProblems, { path: data }),
          Stage.streamed(Stage.pipeline(
            Stage.tokenize(wordProblems, { template, maxNewTokens: 8 }),
            Arm.stages(arm, wordProblems, prompt),
          )),
          Stream.runCollect,
          Effect.provideService(Model, model),
        );
        for (const record of records) {
          const { first, corruptions, second, answer, promptText } = record;
          const own = corruptions[0]?.answer ?? first;
          assert.is(answer.text, own.text + CUE + second!.text, arm.name);
          assert.is(corruptions.length, arm.name === "untriggered" ? 1 : 0);
          const used = corruptions[0]?.prompt ?? record.prompt;
          assert.is(
            arm.name === "untriggered",
            String(used.vectors) !== String(record.prompt.vectors),
          );
          const directly = yield* model.engine.generate({
            prefix: { prompt: used, ids: [] },
            ids: model.tokenizer.encode(promptText + own.text + CUE, { addSpecialTokens: true }),
            maxNewTokens: 5,
            stop: record.stop,
          });
          const { milliseconds, ...untimed } = second!;
          assert.ok(milliseconds! > 0);
          assert.equal(untimed, directly);
          const sample = armSample(record, { milliseconds: 1 });
          assert.is(
            sample.tokens,
            first.ids.length + (corruptions[0]?.answer.ids.length ?? 0) + second!.ids.length,
          );
          assert.ok(sample.work!.milliseconds > 0);
          assert.is(sample.text, answer.text);
        }
      }
    })
  ),
);

test(
  "observe() judges both answers after the second pass, as an arm does",
  effectTest(() =>
    Effect.gen(function* () {
      const { model, data } = yield* sharedModel;
      const [plain] = wordProblems.templates;
      const template = { ...plain, secondPass: { cue: CUE, maxNewTokens: 5 } };
      const judged: string[] = [];
      const task: Task = {
        ...wordProblems,
        extract: (text, given) => {
          judged.push(text);
          return wordProblems.extract(text, given);
        },
      };
      const { layers } = model.config;
      const prompt = tinyPrompt(4, 0, "seed0");
      const shallow = shallowLayers(layers);
      const tokenized = pipe(
        examples(wordProblems, { path: data }),
        Stage.streamed(Stage.tokenize(wordProblems, { template, maxNewTokens: 8 })),
      );
      yield* pipe(
        tokenized,
        Stage.streamed(observe({ task, prompt, gamma: 0.1, shallow, deep: deepLayers(layers) })),
        Stream.runDrain,
        Effect.provideService(Model, model),
      );
      assert.ok(judged.every((text) => text.includes(CUE)));
      const corruption = Corruption.accumulated({ gamma: 0.1, layers: shallow });
      const answers = yield* Effect.forEach(
        [Arm.make({ name: "pt" }), Arm.make({ name: "u", trigger: Trigger.always, corruption })],
        (arm) =>
          tokenized.pipe(
            Stage.streamed(Arm.stages(arm, wordProblems, prompt)),
            Stream.runCollect,
          ),
      ).pipe(Effect.provideService(Model, model));
      const texts = answers.flatMap((records) => [...records]).map(({ answer }) => answer.text);
      assert.is(new Set(texts).size, 4, "each answer is another");
      assert.equal(judged.toSorted(), texts.toSorted());
    })
  ),
);

test.run();
