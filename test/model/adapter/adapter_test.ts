import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  AdapterError,
  Checkpoint,
  mergeAdapter,
  writeSafetensors,
} from "../../../lib/model/mod.ts";
import { NO_PREFIX, type Prefix } from "../../../lib/model/engine/engine.ts";
import type { DecodingContext } from "../../../lib/model/engine/decoding.ts";
import { prefixFeeds } from "../../../lib/model/engine/cache/mod.ts";
import { makeLocalEngine } from "../../../lib/model/engine/local_engine.ts";
import { distributions, idsTensor, int64Tensor } from "../../../lib/model/graph/mod.ts";
import { loadPrompt } from "../../../lib/prompt/mod.ts";
import { effectTest } from "../../support.ts";
import { contextOf, largestDifference, relativeError, request } from "../engine_support.ts";
import { LOGITS, logitsOf, promptOf, RELATIVE, withCache } from "../parity.ts";
import { editJson, vector } from "../support.ts";
import { type ExpectedTensor, tensorsOf } from "../vectors.ts";

/** What make_adapters.py wrote beside an adapter. */
interface Expected {
  readonly base: string;
  readonly ids: readonly number[];
  readonly greedy_ids: readonly number[];
  readonly prompted_greedy_ids?: readonly number[];
  /** Index of the first token that counts in the loss. */
  readonly start?: number;
  readonly loss?: number;
}

const adapter = (name: string) => vector(`adapters/${name}`);

const expectedOf = (name: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const json: Expected = JSON.parse(yield* fs.readFileString(`${adapter(name)}/expected.json`));
    return { ...json, tensors: yield* tensorsOf(`${adapter(name)}/expected.safetensors`) };
  });

/** Checks a model's logits and what it generates against PyTorch's. */
const assertParity = (
  directory: string,
  { ids, tensors, ...expected }: Expected & {
    readonly tensors: ReadonlyMap<string, ExpectedTensor>;
  },
  prefix: Prefix = NO_PREFIX,
) =>
  Effect.gen(function* () {
    // the texts were made with EOS switched off
    const context = yield* contextOf(directory, { config: { eosIds: [] } });
    const engine = yield* makeLocalEngine(context, 8);
    const found = yield* logitsOf(context, ids, prefix);
    const difference = largestDifference(found, tensors.get("logits")!.data);
    assert.ok(difference < LOGITS, `the logits differ by ${difference}`);
    const greedy = (prefix: Prefix) => engine.generate(request(ids, 64, { prefix }));
    assert.equal((yield* greedy(prefix)).ids, expected.greedy_ids);
    if (expected.prompted_greedy_ids !== undefined) {
      const prompted = yield* greedy(promptOf(tensors.get("soft_prompt")!));
      assert.equal(prompted.ids, expected.prompted_greedy_ids, "a soft prompt on top");
    }
  });

const merged = (base: string, directory: string) =>
  Effect.flatMap(
    Checkpoint.open(vector(base)),
    (checkpoint) => mergeAdapter(checkpoint, directory),
  );

for (const name of ["lora_llama", "lora_qwen3", "lora_phi3"]) {
  test(
    `mergeAdapter() makes a checkpoint of PEFT's logits and texts, a soft prompt on top too (${name})`,
    effectTest(() =>
      withCache(Effect.gen(function* () {
        const expected = yield* expectedOf(name);
        const { directory } = yield* merged(expected.base, adapter(name));
        yield* assertParity(directory, expected);
      }))
    ),
  );
}

for (const name of ["p_tuning_llama", "p_tuning_qwen3"]) {
  test(
    `loadPrompt() reads a prompt of P-tuning, with PEFT's logits and texts (${name})`,
    effectTest(() =>
      Effect.gen(function* () {
        const expected = yield* expectedOf(name);
        const { config } = yield* Checkpoint.open(vector(expected.base));
        const prompt = yield* loadPrompt(adapter(name), config);
        yield* assertParity(vector(expected.base), expected, { ...NO_PREFIX, prompt });
      })
    ),
  );
}

for (const name of ["prefix_llama", "prefix_qwen3", "prefix_gemma2", "tuned_here"]) {
  test(
    `loadPrompt() reads a prefix, with PEFT's logits, texts, loss and gradient (${name})`,
    effectTest(() =>
      Effect.gen(function* () {
        const { base, ids, start = 0, ...expected } = yield* expectedOf(name);
        const context = yield* contextOf(vector(base), { config: { eosIds: [] } });
        const engine = yield* makeLocalEngine(context, 8);
        const prompt = yield* loadPrompt(adapter(name), context.config);
        const prefix = { ...NO_PREFIX, prompt };
        const logits = yield* logitsBehind(context, prefix, ids);
        const difference = largestDifference(logits, expected.tensors.get("logits")!.data);
        assert.ok(difference < LOGITS, `the logits differ by ${difference}`);
        const { ids: found } = yield* engine.generate(request(ids, 64, { prefix }));
        assert.equal(found, expected.greedy_ids);
        const { loss, gradient } = yield* engine.promptGradient({
          ...prompt,
          texts: [{ ids, from: start }],
          tokenWeight: 1 / (ids.length - start),
        });
        assert.ok(Math.abs(loss - expected.loss!) < LOGITS, `${loss} and ${expected.loss}`);
        const error = relativeError(gradient, expected.tensors.get("gradient")!.data);
        assert.ok(error < RELATIVE, `the gradient differs by ${error}`);
      })
    ),
  );
}

/** Logits [T, V] of a text behind the keys and values of a prefix. */
const logitsBehind = (
  { config, runner, prefixes, positions }: DecodingContext,
  prefix: Prefix,
  ids: readonly number[],
) =>
  Effect.gen(function* () {
    const cached = yield* prefixes.get(prefix, ids.length);
    const cache = cached!.positions;
    const sizes = {
      batch: 1,
      tokens: ids.length,
      virtualTokens: 0,
      cache,
      predictions: ids.length,
    };
    const { logits } = yield* runner.run(
      {
        key: "all logits",
        build: (weights) => distributions(config, sizes, weights),
        kind: "read",
      },
      {
        ...positions.of([{ cached: cache, hidden: [] }], ids.length, cache),
        ...prefixFeeds(config, cached),
        ids: idsTensor([ids], ids.length),
        rows: int64Tensor(ids.map((_, t) => t)),
      },
    );
    return logits!.data as Float32Array;
  });

test(
  "mergeAdapter() finds its copy again, mends a damaged one, and makes another for another base or adapter",
  effectTest(() =>
    withCache(Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const first = yield* merged("llama", adapter("lora_llama"));
      const file = `${first.directory}/model.safetensors`;
      const before = yield* fs.stat(file);
      assert.equal(yield* merged("llama", adapter("lora_llama")), first);
      assert.equal((yield* fs.stat(file)).mtime, before.mtime);
      for (const damagedFile of [file, `${first.directory}/config.json`]) {
        const whole = yield* fs.readFile(damagedFile);
        const damaged = whole.map((byte, i) => i === whole.length - 1 ? byte ^ 1 : byte);
        yield* fs.writeFile(damagedFile, damaged);
        yield* merged("llama", adapter("lora_llama"));
        assert.equal(yield* fs.readFile(damagedFile), whole);
      }
      const changed = yield* copied("lora_llama", (json) => json.lora_alpha = 7);
      const second = yield* merged("llama", changed);
      assert.is.not(second.directory, first.directory);
      assert.is.not(second.sha256, first.sha256);
      const folders = yield* fs.readDirectory(env["DPC_CACHE"]!);
      assert.is(folders.filter((folder) => folder.includes(".lora")).length, 2);
    }))
  ),
);

// deno-lint-ignore no-explicit-any
const copied = (name: string, edit: (json: any) => unknown = () => {}) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const directory = yield* fs.makeTempDirectoryScoped();
    yield* fs.copy(adapter(name), directory, { overwrite: true });
    yield* editJson(directory, "adapter_config.json", (json) => void edit(json));
    return directory;
  });

/** Writes the adapter's tensors again, some of them changed or left out. */
const rewritten = (
  change: (name: string, tensor: ExpectedTensor) => ExpectedTensor | undefined,
  added: readonly string[] = [],
) =>
(directory: string) =>
  Effect.gen(function* () {
    const file = `${directory}/adapter_model.safetensors`;
    const tensors = [...yield* tensorsOf(file)].flatMap(([name, tensor]) => {
      const changed = change(name, tensor);
      return changed === undefined ? [] : [{ name, ...changed }];
    });
    const more = added.map((name) => ({ name, shape: [1], data: new Float32Array(1) }));
    yield* writeSafetensors(file, [...tensors, ...more]);
  });

const asItIs = () => Effect.void;
const B = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight";

const refused: readonly (readonly [
  title: string,
  // deno-lint-ignore no-explicit-any
  edit: (json: any) => unknown,
  spoil: (directory: string) => Effect.Effect<unknown, unknown, FileSystem.FileSystem>,
  reason: string,
])[] = [
  ["a soft prompt", (json) => json.peft_type = "P_TUNING", asItIs, "found P_TUNING (soft prompts"],
  [
    "another kind",
    (json) => json.peft_type = "LOHA",
    asItIs,
    "its peft_type must be LORA: found LOHA",
  ],
  ["another task", (json) => json.task_type = "SEQ_CLS", asItIs, "its task_type must be CAUSAL_LM"],
  ["biases", (json) => json.bias = "all", asItIs, "its bias must be none: found all"],
  ["DoRA", (json) => json.use_dora = true, asItIs, "its use_dora is not supported: found true"],
  [
    "modules trained whole",
    (json) => json.modules_to_save = ["lm_head"],
    asItIs,
    'its modules_to_save is not supported: found ["lm_head"]',
  ],
  [
    "PiSSA",
    (json) => json.init_lora_weights = "pissa",
    asItIs,
    "its init_lora_weights is not supported",
  ],
  [
    "a pattern that is none",
    (json) => json.target_modules = "(",
    asItIs,
    "a pattern of its config",
  ],
  [
    "another rank",
    (json) => json.r = 5,
    asItIs,
    "q_proj.lora_A.weight' must be [5, 32]: found [4, 32]; it was trained on 'llama'",
  ],
  [
    "a missing module",
    () => {},
    rewritten((name, tensor) => name === B ? undefined : tensor),
    "its file lacks lora_B of 'model.layers.0.self_attn.q_proj', which its target_modules name",
  ],
  [
    "a module that its config does not name",
    (json) => json.layers_to_transform = [0],
    asItIs,
    "it holds 'model.layers.2.mlp.down_proj', which its target_modules do not name",
  ],
  [
    "NaN",
    () => {},
    rewritten((name, { shape, data }) => ({ shape, data: name === B ? data.fill(NaN) : data })),
    "as all its values must be finite: found NaN at element 0",
  ],
  [
    "a truncated file",
    () => {},
    (directory) =>
      Effect.flatMap(
        FileSystem.FileSystem,
        (fs) => fs.truncate(`${directory}/adapter_model.safetensors`, 3000),
      ),
    "it is truncated",
  ],
  [
    "a missing file",
    () => {},
    (directory) =>
      Effect.flatMap(
        FileSystem.FileSystem,
        (fs) => fs.remove(`${directory}/adapter_model.safetensors`),
      ),
    "there is no such file",
  ],
];
for (const [title, edit, spoil, reason] of refused) {
  test(
    `mergeAdapter() refuses ${title}`,
    effectTest(() =>
      withCache(Effect.gen(function* () {
        const directory = yield* copied("lora_llama", edit);
        yield* Effect.orDie(spoil(directory));
        const error = yield* Effect.flip(merged("llama", directory));
        assert.instance(error, AdapterError);
        assert.ok(error.message.startsWith(`Cannot use the adapter '${directory}' as `));
        assert.ok(error.message.includes(reason), error.message);
        assert.not.match(error.message, /\n/);
      }))
    ),
  );
}

test(
  "mergeAdapter() refuses an adapter of another model, and says of which",
  effectTest(() =>
    withCache(Effect.gen(function* () {
      const error = yield* Effect.flip(merged("qwen3", adapter("lora_llama")));
      assert.instance(error, AdapterError);
      assert.match(error.message, /; it was trained on 'llama'$/);
      const output = yield* copied(
        "lora_qwen3",
        (json) => json.target_modules = [...json.target_modules, "lm_head"],
      );
      yield* rewritten((_, tensor) => tensor, ["lm_head.lora_A.weight"])(output);
      const tied = yield* Effect.flip(merged("qwen3", output));
      assert.match(tied.message, /the model has no matrix 'lm_head' of its own/);
    }))
  ),
);

test.run();
