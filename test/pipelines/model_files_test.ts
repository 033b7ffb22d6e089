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

test.run();
