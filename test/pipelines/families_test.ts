/**
 * `dpc evaluate` on a tiny checkpoint of each family with a tokenizer of its kind: the answers are those of transformers.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { savePrompt, SoftPrompt } from "../../lib/prompt/mod.ts";
import { copyOf, vector } from "../model/support.ts";
import { expectedOf } from "../model/vectors.ts";
import { dpcHere } from "../dpc_here.ts";
import { effectTest } from "../support.ts";

/** Checkpoints, and the style of their tokenizers (test/vectors/tokenizers). */
const FAMILIES = {
  gemma2_a: "gemma",
  gemma3_a: "gemma",
  phi3_a: "llama2",
  olmo2_a: "llama3",
  olmo3_a: "llama3",
  granite_a: "smollm2",
  smollm3_a: "llama3",
  ministral_a: "tekken",
};

/** Deno runs the same code: one family is enough there. */
const families = Object.entries(FAMILIES).slice(0, "Deno" in globalThis ? 1 : undefined);

for (const [name, style] of families) {
  test(
    `evaluate answers, measures and corrects with ${name} as transformers answers`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        const model = yield* copyOf(name);
        const folder = yield* fs.makeTempDirectoryScoped();
        const { tokenizer } = JSON.parse(
          yield* fs.readFileString(vector(`tokenizers/${style}.json`)),
        );
        yield* fs.writeFileString(`${model}/tokenizer.json`, JSON.stringify(tokenizer));
        const { pipeline, tensor } = yield* expectedOf(name);
        const { question, plain, prompted } = pipeline!;
        const { data, shape } = tensor("soft_prompt");
        const prompt = new SoftPrompt({ name: "p", vectors: data, virtualTokens: shape[0]! });
        yield* savePrompt(`${folder}/prompt`, prompt, {
          ...{ model, layers: 2, heads: 4, init: "RANDOM" },
        });
        const row = JSON.stringify({ question, answer: 3 });
        yield* fs.writeFileString(`${folder}/data.jsonl`, `${row}\n`);
        const { code, errors } = yield* dpcHere(
          "evaluate",
          ...["--model", model, "--prompt", `${folder}/prompt`, "--run", `${folder}/run`],
          ...["--task", "jsonl", "--data", `${folder}/data.jsonl`, "--template", "plain"],
          ...["--arms", "base,pt,untriggered", "--max-new-tokens", "12"],
          ...["--workers", "1", "--threads", "1", "--quiet"],
        );
        assert.is(code, 0, errors);
        const { arms, flow } = JSON.parse(yield* fs.readFileString(`${folder}/run/samples.jsonl`));
        assert.is(arms.base.text, plain);
        assert.is(arms.pt.text, prompted);
        assert.is(arms.untriggered.first, prompted);
        const [corruption] = arms.untriggered.corruptions;
        const largest = flow.accumulation.indexOf(Math.max(...flow.accumulation));
        assert.equal(corruption.positions, [largest]);
      })
    ),
  );
}

test.run();
