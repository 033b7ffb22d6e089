import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dpcHere } from "../dpc_here.ts";
import { tinyDataset, tinyModel } from "../fixtures.ts";
import { effectTest } from "../support.ts";

test(
  "evaluate --chat stops before the run where the chat template cannot render",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      yield* tinyModel(`${folder}/model`);
      yield* tinyDataset(`${folder}/data.jsonl`, 2);
      const template = "{{ raise_exception('this model has no chat') }}";
      yield* fs.writeFileString(`${folder}/model/chat_template.jinja`, template);
      const { code, errors } = yield* dpcHere(
        "evaluate",
        ...["--task", "gsm8k", "--data", `${folder}/data.jsonl`, "--model", `${folder}/model`],
        ...["--arms", "base", "--chat", "--quiet", "--run", `${folder}/run`],
      );
      assert.is(code, 1);
      assert.is(
        errors,
        "Cannot use the checkpoint's chat template: this model has no chat (run without --chat)\n",
      );
      assert.not(yield* fs.exists(`${folder}/run`));
    })
  ),
);

test(
  "evaluate says once, beside its results, what the model's files ask for and do not get",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      yield* tinyModel(`${folder}/model`);
      yield* tinyDataset(`${folder}/data.jsonl`, 2);
      yield* fs.writeFileString(
        `${folder}/model/generation_config.json`,
        '{"repetition_penalty":1.1,"temperature":0.6}',
      );
      const { code, output, errors } = yield* dpcHere(
        "evaluate",
        ...["--task", "gsm8k", "--data", `${folder}/data.jsonl`, "--model", `${folder}/model`],
        ...["--arms", "base", "--quiet", "--json", "--max-new-tokens", "2", "--workers", "1"],
        ...["--run", `${folder}/run`],
      );
      assert.is(code, 0, errors);
      assert.is(
        errors,
        `generation_config.json of '${folder}/model' sets repetition_penalty 1.1, which greedy ` +
          "answers here do not follow\n",
      );
      assert.not(output.includes("generation_config"));
    })
  ),
);

test(
  "evaluate writes --system and --chat-args into run.json, goes on under the same alone, and refuses them without --chat",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      yield* tinyModel(`${folder}/model`);
      yield* tinyDataset(`${folder}/data.jsonl`, 1);
      const template =
        "{{ messages[0].content }}|{% if enable_thinking is false %}now{% endif %}|{{ messages[-1].content }}";
      yield* fs.writeFileString(`${folder}/model/chat_template.jinja`, template);
      const evaluate = (...more: readonly string[]) =>
        dpcHere(
          "evaluate",
          ...["--task", "gsm8k", "--data", `${folder}/data.jsonl`, "--model", `${folder}/model`],
          ...["--arms", "base", "--max-new-tokens", "2", "--quiet", "--run", `${folder}/run`],
          ...more,
        );
      const asked = ["--chat", "--system", "Be brief.", "--chat-args", "enable_thinking=false"];
      assert.is((yield* evaluate(...asked)).code, 0);
      const { config } = JSON.parse(yield* fs.readFileString(`${folder}/run/run.json`));
      assert.equal(config.chatOptions, {
        system: "Be brief.",
        arguments: { enable_thinking: false },
      });
      const sample = JSON.parse(yield* fs.readFileString(`${folder}/run/samples.jsonl`));
      assert.match(sample.promptText, /^Be brief\.\|now\|/);
      const other = yield* evaluate("--chat", "--system", "Be long.");
      assert.match(other.errors, /chatOptions/);
      const none = yield* evaluate("--system", "Be brief.", "--chat-args", "a=1");
      assert.match(none.errors, /Cannot use --system and --chat-args without --chat/);
    })
  ),
);

test(
  "evaluate draws the answers of all arms by --temperature and --seed, bit for bit the same again",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      yield* tinyModel(`${folder}/model`);
      yield* tinyDataset(`${folder}/data.jsonl`, 2);
      const evaluate = (run: string, ...more: readonly string[]) =>
        Effect.gen(function* () {
          const { code, errors } = yield* dpcHere(
            "evaluate",
            ...["--task", "gsm8k", "--data", `${folder}/data.jsonl`, "--model", `${folder}/model`],
            ...["--arms", "base", "--max-new-tokens", "6", "--quiet", "--run", `${folder}/${run}`],
            ...more,
          );
          assert.is(code, 0, errors);
          const { config } = JSON.parse(yield* fs.readFileString(`${folder}/${run}/run.json`));
          const lines = (yield* fs.readFileString(`${folder}/${run}/samples.jsonl`)).trim();
          const texts = lines.split("\n").map((line) => JSON.parse(line).arms.base.text);
          return { config, texts };
        });
      const hot = ["--temperature", "1.5", "--top-k", "20", "--repetition-penalty", "1.2"];
      const first = yield* evaluate("a", ...hot);
      assert.equal(first.config.decoding, {
        temperature: 1.5,
        topP: 1,
        topK: 20,
        repetitionPenalty: 1.2,
      });
      assert.equal((yield* evaluate("b", ...hot, "--workers", "1")).texts, first.texts);
      assert.not.equal((yield* evaluate("c", ...hot, "--seed", "1")).texts, first.texts);
      assert.is((yield* evaluate("d")).config.decoding, undefined);
      const drawn = yield* evaluate("e", ...hot, "--answers", "3");
      assert.is(drawn.config.answers, 3);
      assert.equal(
        [drawn.texts[0], drawn.texts[3]],
        first.texts,
        "the first of each is that of one",
      );
      assert.is(new Set(drawn.texts).size, 6);
      const options = ["--data", `${folder}/data.jsonl`, "--model", `${folder}/model`];
      const refused = (...more: readonly string[]) =>
        Effect.map(
          dpcHere("evaluate", "--task", "gsm8k", "--arms", "base", ...options, ...more),
          ({ errors }) => errors,
        );
      assert.match(
        yield* refused("--answers", "2", "--top-k", "3"),
        /Cannot use --answers and --top-k without --temperature above 0/,
      );
      assert.match(
        yield* refused(...hot, "--answers", "2", "--format", "lm-eval"),
        /Cannot write --format lm-eval with --answers 2/,
      );
    })
  ),
);

test.run();
