import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Checkpoint } from "../../../lib/model/mod.ts";
import { effectTest } from "../../support.ts";
import { copyOf, editJson, editWeights, failure, vector } from "../support.ts";

const WEIGHTS = "model.safetensors";

for (
  const name of [
    "llama",
    "llama_f16",
    "llama_linear",
    "llama_sharded_bf16",
    "mistral",
    "qwen2",
    "qwen3",
  ]
) {
  test(
    `open() finds every weight of ${name}, and all are finite`,
    effectTest(() =>
      Effect.gen(function* () {
        const checkpoint = yield* Checkpoint.open(vector(name));
        const names = [...checkpoint.tensors.keys()];
        assert.is(names[0], "model.embed_tokens.weight");
        assert.is(names.includes("lm_head.weight"), !checkpoint.config.tiedEmbeddings);
        yield* Checkpoint.checkFinite(checkpoint);
        const rows = yield* Checkpoint.embeddings(checkpoint, [95, 0, 95]);
        const matrix = yield* Checkpoint.tensor(checkpoint, "model.embed_tokens.weight");
        assert.equal(
          rows,
          Float32Array.from([
            ...matrix.slice(95 * 32),
            ...matrix.slice(0, 32),
            ...matrix.slice(95 * 32),
          ]),
        );
      })
    ),
  );
}

test(
  "open() takes the EOS ids of generation_config.json, else of config.json",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* copyOf("llama");
      const eosIds = () => Effect.map(Checkpoint.open(directory), ({ config }) => config.eosIds);
      assert.equal(yield* eosIds(), [2, 3]);
      yield* editJson(directory, "generation_config.json", (json) => delete json.eos_token_id);
      assert.equal(yield* eosIds(), [2]);
      yield* editJson(directory, "generation_config.json", (json) => json.eos_token_id = 7);
      assert.equal(yield* eosIds(), [7]);
      yield* editJson(directory, "generation_config.json", (json) => json.eos_token_id = "</s>");
      const error = yield* failure(Checkpoint.open(directory));
      assert.match(
        error.message,
        /generation_config\.json' as its content is wrong at eos_token_id: /,
      );
    })
  ),
);

test(
  "open() uses the output matrix that a tied checkpoint stores nevertheless",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* copyOf("llama");
      yield* editJson(directory, "config.json", (json) => json.tie_word_embeddings = true);
      const { config, tensors } = yield* Checkpoint.open(directory);
      assert.is(config.tiedEmbeddings, false);
      assert.ok(tensors.has("lm_head.weight"));
    })
  ),
);

test(
  "open() leaves tensors that no layer uses alone",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* copyOf("llama");
      const extra = [
        "model.layers.0.self_attn.rotary_emb.inv_freq",
        "model.layers.9.mlp.up_proj.weight",
        "value_head.weight",
      ]
        .map((name) => ({ name, shape: [1], data: new Float32Array(1) }));
      yield* editWeights(directory, (tensors) => [...tensors, ...extra]);
      const { tensors } = yield* Checkpoint.open(directory);
      assert.not.ok(extra.some(({ name }) => tensors.has(name)));
    })
  ),
);

test(
  "open() follows the links of a Hugging Face cache to the real files",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const path = yield* Path.Path;
      const cache = yield* Effect.flatMap(fs.makeTempDirectoryScoped(), fs.realPath);
      const blobs = path.join(cache, "models--a--b", "blobs");
      const snapshot = path.join(cache, "models--a--b", "snapshots", "0123abc");
      yield* fs.makeDirectory(snapshot, { recursive: true });
      yield* fs.copy(yield* copyOf("llama"), blobs);
      for (const name of ["config.json", WEIGHTS]) {
        yield* fs.symlink(path.join("..", "..", "blobs", name), path.join(snapshot, name));
      }
      const { tensors } = yield* Checkpoint.open(snapshot);
      assert.is(tensors.get("model.norm.weight")!.file, path.join(blobs, WEIGHTS));
    })
  ),
);

test(
  "open() takes a tied checkpoint whose one matrix has the output's name",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* copyOf("qwen2");
      const before = yield* Checkpoint.open(directory);
      yield* editWeights(
        directory,
        (tensors) =>
          tensors.map((t) =>
            t.name === "model.embed_tokens.weight" ? { ...t, name: "lm_head.weight" } : t
          ),
      );
      const { config, tensors } = yield* Checkpoint.open(directory);
      assert.equal(config, before.config);
      assert.ok(config.tiedEmbeddings);
      assert.equal([...tensors.keys()], [...before.tensors.keys()]);
      const embeddings = (checkpoint: Checkpoint.Checkpoint) =>
        Checkpoint.embeddings(checkpoint, [0, 95]);
      assert.equal(
        yield* embeddings(yield* Checkpoint.open(directory)),
        yield* embeddings(yield* Checkpoint.open(vector("qwen2"))),
      );
    })
  ),
);

test(
  "open() leaves out weights that the config does not tell of, and says so in one line",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* copyOf("llama");
      assert.equal((yield* Checkpoint.open(directory)).warnings, []);
      const stray = ["q_proj.bias", "q_norm.weight"].map((name) => ({
        name: `model.layers.1.self_attn.${name}`,
        shape: [1],
        data: new Float32Array(1),
      }));
      yield* editWeights(directory, (tensors) => [...tensors, ...stray]);
      const { tensors, warnings } = yield* Checkpoint.open(directory);
      assert.not.ok(stray.some(({ name }) => tensors.has(name)));
      assert.is(warnings.length, 1);
      assert.match(
        warnings[0]!,
        /holds 2 weights that a llama decoder of its config does not have/,
      );
    })
  ),
);

test(
  "open() says once what generation_config.json sets that greedy answers do not follow",
  effectTest(() =>
    Effect.gen(function* () {
      const directory = yield* copyOf("llama");
      const warnings = (edit: (json: Record<string, unknown>) => unknown) =>
        Effect.zipRight(
          editJson(directory, "generation_config.json", (json) => edit(json)),
          Effect.map(Checkpoint.open(directory), (opened) => opened.warnings),
        );
      assert.equal(
        yield* warnings((json) =>
          Object.assign(json, {
            do_sample: true,
            temperature: 0.6,
            top_p: 0.9,
            repetition_penalty: 1.0,
            no_repeat_ngram_size: 0,
            bad_words_ids: null,
            suppress_tokens: [],
            num_beams: 1,
            max_new_tokens: 20,
          })
        ),
        [],
      );
      assert.equal(
        yield* warnings((json) =>
          Object.assign(json, {
            repetition_penalty: 1.05,
            no_repeat_ngram_size: 3,
            suppress_tokens: [5, 6],
            num_beams: 4,
          })
        ),
        [
          `generation_config.json of '${directory}' sets repetition_penalty 1.05, ` +
          "no_repeat_ngram_size 3, suppress_tokens [5,6], num_beams 4, which greedy answers here " +
          "do not follow",
        ],
      );
    })
  ),
);

test.run();
