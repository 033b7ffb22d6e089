import { Either } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PLAIN } from "../../../lib/model/checkpoint/traits.ts";
import { parseConfig } from "../../../lib/model/checkpoint/config.ts";

const LLAMA = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 96,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 3,
  num_attention_heads: 4,
};
const MISTRAL = {
  ...LLAMA,
  architectures: ["MistralForCausalLM"],
  model_type: "mistral",
  num_key_value_heads: 2,
};
const QWEN2 = {
  ...LLAMA,
  architectures: ["Qwen2ForCausalLM"],
  model_type: "qwen2",
  num_key_value_heads: 2,
};
const QWEN3 = { ...QWEN2, architectures: ["Qwen3ForCausalLM"], model_type: "qwen3" };

const parsed = (json: unknown) =>
  Either.getOrThrowWith(parseConfig(json), (reason) => new Error(reason));
const refusal = (json: unknown) => Either.getOrThrow(Either.flip(parseConfig(json)));

test("parseConfig() takes transformers' defaults for absent keys", () => {
  assert.equal(parsed(LLAMA), {
    family: "llama",
    vocabSize: 96,
    hiddenSize: 32,
    layers: 3,
    heads: 4,
    kvHeads: 4,
    headDim: 8,
    intermediateSize: 48,
    rmsNormEps: 1e-6,
    ropes: [{ theta: 10_000, dimensions: 8, scaling: { kind: "none" } }],
    ropeOfLayer: [0, 0, 0],
    tiedEmbeddings: false,
    ...PLAIN,
    slidingWindows: [undefined, undefined, undefined],
    maxPositions: 2048,
    bosId: 1,
    eosIds: [2],
  });
  assert.equal(parsed(MISTRAL).slidingWindows, [4096, 4096, 4096]);
  assert.is(parsed(QWEN3).headDim, 128);
  assert.equal([parsed(QWEN2).bosId, parsed(QWEN2).eosIds], [undefined, []]);
});

test("parseConfig() knows which projections of a family have a bias", () => {
  const biases = (json: unknown) => {
    const { attentionBias, outputBias, mlpBias, qkNorm } = parsed(json);
    return [attentionBias, outputBias, mlpBias, qkNorm];
  };
  assert.equal(biases({ ...LLAMA, attention_bias: true, mlp_bias: true }), [
    true,
    true,
    true,
    undefined,
  ]);
  assert.equal(biases({ ...MISTRAL, attention_bias: true }), [false, false, false, undefined]);
  assert.equal(biases(QWEN2), [true, false, false, undefined]);
  assert.equal(biases({ ...QWEN3, attention_bias: true }), [true, true, false, "head"]);
});

test("parseConfig() takes a null for an absent key", () => {
  const config = parsed({
    ...MISTRAL,
    head_dim: null,
    sliding_window: null,
    rope_scaling: null,
    bos_token_id: null,
    eos_token_id: null,
  });
  assert.equal([config.headDim, config.slidingWindows[0], config.bosId, config.eosIds], [
    8,
    undefined,
    undefined,
    [],
  ]);
});

test("parseConfig() slides the layers that Qwen's config names", () => {
  const sliding = { ...QWEN2, use_sliding_window: true, sliding_window: 16 };
  assert.equal(
    parsed({ ...sliding, use_sliding_window: false, max_window_layers: 0 }).slidingWindows,
    [undefined, undefined, undefined],
  );
  assert.equal(parsed(sliding).slidingWindows, [undefined, undefined, undefined]);
  assert.equal(parsed({ ...sliding, max_window_layers: 1 }).slidingWindows, [undefined, 16, 16]);
  const layer_types = ["sliding_attention", "full_attention", "sliding_attention"];
  assert.equal(parsed({ ...sliding, layer_types }).slidingWindows, [16, undefined, 16]);
});

const scaling = (json: object) => {
  const { theta, scaling } = parsed({ ...LLAMA, ...json }).ropes[0]!;
  return { theta, scaling };
};

test("parseConfig() reads the rotation in the style of every release", () => {
  const linear = { theta: 500, scaling: { kind: "linear", factor: 4 } };
  assert.equal(scaling({ rope_theta: 500, rope_scaling: { type: "linear", factor: 4 } }), linear);
  assert.equal(
    scaling({ rope_theta: 500, rope_scaling: { rope_type: "linear", factor: 4 } }),
    linear,
  );
  assert.equal(
    scaling({ rope_parameters: { rope_type: "linear", rope_theta: 500, factor: 4 } }),
    linear,
  );
  assert.equal(
    scaling({ rope_theta: 500, rope_parameters: { rope_type: "linear", factor: 4 } }),
    linear,
  );
  assert.equal(scaling({ rope_theta: 500, rope_scaling: { type: "default" } }), {
    theta: 500,
    scaling: { kind: "none" },
  });
  const llama3 = { rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
  const expected = { kind: "llama3", factor: 8, lowFreqFactor: 1, highFreqFactor: 4 };
  assert.equal(
    scaling({ rope_scaling: { ...llama3, original_max_position_embeddings: 32 } }).scaling,
    { ...expected, originalMaxPositions: 32 },
  );
  assert.equal(scaling({ rope_scaling: llama3, max_position_embeddings: 128 }).scaling, {
    ...expected,
    originalMaxPositions: 128,
  });
});

const SLIDING = { layer_types: Array(3).fill("sliding_attention") };
const { vocab_size: _, ...withoutVocabSize } = LLAMA;
const refused: readonly (readonly [string, unknown, string])[] = [
  [
    "an unknown architecture",
    { architectures: ["GPT2LMHeadModel"], model_type: "gpt2" },
    "its architecture must be one of LlamaForCausalLM, MistralForCausalLM, MinistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM, Gemma2ForCausalLM, Gemma3ForCausalLM, Phi3ForCausalLM, Olmo2ForCausalLM, Olmo3ForCausalLM, GraniteForCausalLM, SmolLM3ForCausalLM: found GPT2LMHeadModel of type gpt2",
  ],
  [
    "a model without its head",
    { ...LLAMA, architectures: ["LlamaModel"] },
    "found LlamaModel of type llama",
  ],
  ["no architecture", {}, "found none"],
  ["a list", [], "its config is wrong"],
  [
    "quantized weights",
    { ...LLAMA, quantization_config: { quant_method: "gptq" } },
    "found quantization by gptq",
  ],
  [
    "another activation",
    { ...LLAMA, hidden_act: "gelu" },
    "hidden_act must be one of silu, swish, gelu_pytorch_tanh, gelu_new: found gelu",
  ],
  ["an absent size", withoutVocabSize, "at vocab_size: is missing"],
  ["a size of 0", { ...LLAMA, hidden_size: 0 }, "at hidden_size:"],
  ["too many layers", { ...LLAMA, num_hidden_layers: 1e9 }, "at num_hidden_layers:"],
  [
    "heads that do not divide",
    { ...LLAMA, num_attention_heads: 5 },
    "hidden_size must be a multiple of num_attention_heads: found 32 and 5",
  ],
  [
    "groups that do not divide",
    { ...LLAMA, num_key_value_heads: 3 },
    "num_attention_heads must be a multiple of num_key_value_heads: found 4 and 3",
  ],
  ["an odd head", { ...LLAMA, head_dim: 7 }, "head_dim must be even: found 7"],
  [
    "too few layer types",
    { ...QWEN2, layer_types: ["full_attention"] },
    "layer_types must name 3 layers: found 1",
  ],
  [
    "layers of another kind",
    { ...QWEN2, layer_types: Array(3).fill("chunked_attention") },
    "layer_types must be full_attention or sliding_attention: found chunked_attention",
  ],
  [
    "sliding layers without use_sliding_window",
    { ...QWEN3, ...SLIDING, use_sliding_window: false },
    "layer_types must not name sliding_attention where use_sliding_window is not true",
  ],
  [
    "sliding layers without a window",
    { ...MISTRAL, ...SLIDING, sliding_window: null },
    "layer_types must not name sliding_attention where sliding_window is null",
  ],
  ["sliding layers of a llama", { ...LLAMA, ...SLIDING }, "layer_types must not slide in a llama"],
  [
    "a window of a llama",
    { ...LLAMA, sliding_window: 16 },
    "sliding_window must not slide in a llama",
  ],
  ["attention both ways", { ...QWEN3, is_causal: false }, "is_causal must be true: found false"],
  [
    "layers of their own configs",
    { ...LLAMA, per_layer_config: { 1: { num_attention_heads: 2 } } },
    'per_layer_config must be absent: found {"1":{"num_attention_heads":2}}',
  ],
  ...[LLAMA, MISTRAL, QWEN2, QWEN3].map((family) =>
    [
      `a rotation for each kind of layer of a ${family.model_type}`,
      { ...family, rope_parameters: { full_attention: { rope_type: "default", rope_theta: 5 } } },
      "rope_parameters must be the same for all layers: found full_attention",
    ] as const
  ),
  [
    "a context of null for a llama3 scaling",
    {
      ...LLAMA,
      original_max_position_embeddings: null,
      rope_scaling: { rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4 },
    },
    "original_max_position_embeddings must not be null",
  ],
  [
    "attention both ways, by a null",
    { ...LLAMA, is_causal: null },
    "is_causal must be true: found",
  ],
  ["no theta", { ...LLAMA, rope_theta: null }, "rope_theta must not be null"],
  [
    "a rotation without a type",
    { ...LLAMA, rope_parameters: { rope_type: null } },
    "its config is wrong at rope_parameters.rope_type",
  ],
  [
    "a rotation of another type",
    { ...LLAMA, rope_scaling: { type: "proportional", factor: 4 } },
    "rope_scaling must be of type default, linear, dynamic, llama3, yarn or longrope: found proportional",
  ],
  [
    "linear without a factor",
    { ...LLAMA, rope_scaling: { type: "linear" } },
    "in rope_scaling at factor: is missing",
  ],
  [
    "a partial rotation",
    { ...LLAMA, partial_rotary_factor: 0.5 },
    "partial_rotary_factor must be 1: found 0.5",
  ],
  ["crossed frequencies", {
    ...LLAMA,
    rope_scaling: { rope_type: "llama3", factor: 8, low_freq_factor: 4, high_freq_factor: 4 },
  }, "rope_scaling.high_freq_factor must be above low_freq_factor: found 4 and 4"],
];
for (const [title, json, reason] of refused) {
  test(`parseConfig() refuses ${title}`, () => {
    const found = refusal(json);
    assert.ok(found.includes(reason), found);
  });
}

test("parseConfig() knows the window of each layer by layer_types, under their older names too", () => {
  const windows = (json: object) => parsed(json).slidingWindows;
  const sliding = { sliding_window: 16, use_sliding_window: true };
  const layer_types = ["attention", "sliding_attention", "full_attention"];
  for (const family of [MISTRAL, QWEN2, QWEN3]) {
    assert.equal(windows({ ...family, ...sliding, layer_types }), [undefined, 16, undefined]);
    const full = Array(3).fill("attention");
    assert.equal(windows({ ...family, layer_types: full }), [undefined, undefined, undefined]);
  }
  assert.equal(windows({ ...MISTRAL, sliding_window: 16, layer_types: null }), [16, 16, 16]);
  assert.equal(windows({ ...LLAMA, layer_types: Array(3).fill("full_attention") }), [
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(windows({ ...LLAMA, sliding_window: 2048 })[0], undefined);
});

test("parseConfig() takes an empty rope_scaling for none", () => {
  const rope_parameters = { rope_type: "linear", rope_theta: 500, factor: 4 };
  assert.equal(scaling({ rope_scaling: {}, rope_parameters }), {
    theta: 500,
    scaling: { kind: "linear", factor: 4 },
  });
  assert.is(scaling({ rope_scaling: {}, rope_theta: 700 }).theta, 700);
});

test("parseConfig() answers any JSON with a config or a reason of one line", () => {
  const odd = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.integer(),
    fc.constantFrom(0, -1, 1.5, 1e300, null, "", [], {}),
  );
  const keys = [
    ...Object.keys(LLAMA),
    "head_dim",
    "rope_scaling",
    "rope_parameters",
    "layer_types",
    "sliding_window",
    "use_sliding_window",
    "eos_token_id",
    "rms_norm_eps",
    "__proto__",
  ];
  const change = fc.tuple(fc.constantFrom(...keys), odd);
  fc.assert(
    fc.property(
      fc.constantFrom(LLAMA, MISTRAL, QWEN2, QWEN3),
      fc.array(change, { maxLength: 3 }),
      (base, changes) => {
        const result = parseConfig({ ...base, ...Object.fromEntries(changes) });
        return Either.isRight(result)
          ? result.right.slidingWindows.length === result.right.layers
          : !/\n/.test(result.left);
      },
    ),
    { numRuns: 500 },
  );
  fc.assert(fc.property(fc.jsonValue(), (json) => Either.isEither(parseConfig(json))));
});

test.run();
