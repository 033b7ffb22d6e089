import { Effect, Either } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { embeddings, open } from "../../../lib/model/checkpoint/checkpoint.ts";
import { CONFIG_FIELDS, GENERATION_FIELDS } from "../../../lib/model/checkpoint/config_fields.ts";
import { parseConfig } from "../../../lib/model/checkpoint/config.ts";
import { storedTensors } from "../../../lib/model/checkpoint/expected_tensors.ts";
import { FAMILIES, type Family } from "../../../lib/model/checkpoint/families.ts";
import configFields from "../../vectors/config_fields.json" with { type: "json" };
import { effectTest } from "../../support.ts";
import { vector } from "../support.ts";

/** A small config of a family. */
const configOf = (model_type: Family) => ({
  architectures: [FAMILIES[model_type].architecture],
  model_type,
  vocab_size: 96,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
});

const parsed = (json: unknown) =>
  Either.getOrThrowWith(parseConfig(json), (reason) => new Error(reason));
const refusal = (json: unknown) => Either.getOrThrow(Either.flip(parseConfig(json)));

test("every field of transformers' classes is computed, without effect or refused", () => {
  const { families, read, generation } = configFields;
  const all = new Set([...read, ...Object.values(families).flatMap(({ fields }) => fields)]);
  assert.equal([...all].filter((name) => !Object.hasOwn(CONFIG_FIELDS, name)), []);
  assert.equal(generation.filter((name) => !Object.hasOwn(GENERATION_FIELDS, name)), []);
  assert.ok(all.size > 50 && generation.length > 60);
});

for (const family of (Object.keys(FAMILIES) as Family[]).map(configOf)) {
  test(`parseConfig() refuses the nulls of a ${family.model_type} that transformers refuses`, () => {
    const refusals = configFields.families[family.model_type].refuse_null;
    const computed = refusals.filter((name) => CONFIG_FIELDS[name] === "computed");
    assert.ok(computed.length > 8);
    for (const name of computed) {
      assert.ok(Either.isLeft(parseConfig({ ...family, [name]: null })), name);
    }
  });
  test(`parseConfig() refuses what changes the numbers of a ${family.model_type} unseen`, () => {
    for (const [name, treatment] of Object.entries(CONFIG_FIELDS)) {
      if (typeof treatment === "string" || !("only" in treatment)) continue;
      for (const value of treatment.only) parsed({ ...family, [name]: value });
      const other = treatment.only.includes(true)
        ? false
        : treatment.only.includes(false)
        ? true
        : { 0: {} };
      assert.match(refusal({ ...family, [name]: other }), new RegExp(`^${name} must `));
    }
  });
}

test("parseConfig() knows which layers of a family slide, and which are not rotated", () => {
  const windows = (family: Family, json: object = {}) =>
    parsed({ ...configOf(family), sliding_window: 9, ...json }).slidingWindows;
  assert.equal(windows("gemma2"), [9, undefined, 9, undefined]);
  assert.equal(windows("gemma3_text"), [9, 9, 9, 9]);
  assert.equal(windows("gemma3_text", { sliding_window_pattern: 3 }), [9, 9, undefined, 9]);
  assert.equal(windows("olmo3"), [9, 9, 9, undefined]);
  assert.equal(windows("ministral"), [9, 9, 9, 9]);
  assert.equal(windows("phi3", { layer_types: Array(4).fill("full_attention") }), [9, 9, 9, 9]);
  const sliding = { use_sliding_window: true, no_rope_layer_interval: 2 };
  assert.equal(windows("smollm3", sliding), [undefined, 9, undefined, 9]);
  assert.equal(windows("smollm3"), Array(4).fill(undefined));
  const rotated = (json: object) => parsed({ ...configOf("smollm3"), ...json }).ropeOfLayer;
  assert.equal(rotated({}), [0, 0, 0, undefined]);
  assert.equal(rotated({ no_rope_layers: [0, 1, 0, 1] }), [undefined, 0, undefined, 0]);
});

test("parseConfig() rotates layers that slide by a base of their own where a family does", () => {
  const ropes = (json: object) => {
    const { ropes, ropeOfLayer } = parsed({ ...configOf("gemma3_text"), ...json });
    return ropeOfLayer.map((index) => [ropes[index!]!.theta, ropes[index!]!.scaling.kind]);
  };
  const layer_types = ["sliding_attention", "full_attention", "full_attention", "full_attention"];
  const [local, full] = [[10_000, "none"], [1e6, "none"]];
  assert.equal(ropes({ layer_types }), [local, full, full, full]);
  const old = { rope_theta: 500, rope_local_base_freq: 50 };
  const rope_scaling = { rope_type: "linear", factor: 8 };
  const scaled = [500, "linear"];
  assert.equal(ropes({ layer_types, ...old, rope_scaling }), [
    [50, "none"],
    scaled,
    scaled,
    scaled,
  ]);
  const rope_parameters = { full_attention: { rope_type: "linear", rope_theta: 7, factor: 2 } };
  assert.equal(ropes({ layer_types, rope_parameters })[1], [7, "linear"]);
});

test("parseConfig() lets texts be as long as a scaling reaches", () => {
  const longest = (json: object) =>
    parsed({ ...configOf("llama"), max_position_embeddings: 100, ...json }).maxPositions;
  assert.is(longest({ rope_scaling: { rope_type: "dynamic", factor: 4 } }), 400);
  const yarn = { rope_type: "yarn", factor: 8, original_max_position_embeddings: 50 };
  assert.is(longest({ rope_scaling: yarn }), 400);
  assert.is(longest({ rope_scaling: { ...yarn, factor: 1.5 } }), 100);
});

const EIGHT = Array(8).fill(1);
const refused: readonly (readonly [string, object, string])[] = [
  [
    "a window of one",
    { ...configOf("mistral"), sliding_window: 1 },
    "sliding_window must be 2 or more",
  ],
  [
    "too few layers of those with a rotation",
    { ...configOf("smollm3"), no_rope_layers: [1] },
    "no_rope_layers must name 4 layers: found 1",
  ],
  [
    "attention both ways by another name",
    { ...configOf("gemma2"), use_bidirectional_attention: true },
    "use_bidirectional_attention must be false: found true",
  ],
  [
    "a scaling that its class does not take",
    { ...configOf("phi3"), rope_scaling: { type: "linear", factor: 2 } },
    "rope_scaling must be of type default or longrope: found linear",
  ],
  [
    "factors of another number of frequencies",
    {
      ...configOf("phi3"),
      rope_scaling: { type: "longrope", short_factor: EIGHT, long_factor: EIGHT },
    },
    "rope_scaling.short_factor must have a factor for each of 4 frequencies: found 8",
  ],
  [
    "a head without any rotation",
    { ...configOf("phi3"), partial_rotary_factor: 0 },
    "partial_rotary_factor must rotate some of a head, and at most all: found 0",
  ],
  [
    "yarn without its factor",
    { ...configOf("olmo2"), rope_scaling: { rope_type: "yarn" } },
    "in rope_scaling at factor: is missing",
  ],
  [
    "a scaling that transformers reads as none",
    { ...configOf("olmo3"), rope_scaling: { type: "yarn", factor: 2 } },
    "rope_scaling must name its rope_type",
  ],
  [
    "a mixture of experts",
    { architectures: ["MixtralForCausalLM"], model_type: "mixtral", num_local_experts: 8 },
    "it is a mixture of experts: found MixtralForCausalLM of type mixtral",
  ],
  [
    "a multimodal model",
    { architectures: ["Gemma3ForConditionalGeneration"], model_type: "gemma3", text_config: {} },
    "it is a multimodal model: found Gemma3ForConditionalGeneration of type gemma3",
  ],
  [
    "an encoder with a decoder",
    { architectures: ["T5GemmaModel"], model_type: "t5gemma", is_encoder_decoder: true },
    "it is an encoder with a decoder: found T5GemmaModel of type t5gemma",
  ],
  [
    "an encoder",
    { architectures: ["BertForMaskedLM"], model_type: "bert" },
    "it is an encoder: found BertForMaskedLM of type bert",
  ],
];
for (const [title, json, reason] of refused) {
  test(`parseConfig() refuses ${title}`, () => {
    const found = refusal(json);
    assert.ok(found.includes(reason), found);
  });
}

test("storedTensors() has the rows of fused matrices in their order", () => {
  const fused = storedTensors(parsed(configOf("phi3"))).filter(({ weights }) => weights.length > 1);
  assert.is(fused.length, 2 * 4);
  assert.equal(fused[0], {
    name: "model.layers.0.self_attn.qkv_proj.weight",
    shape: [64, 32],
    weights: [
      ["model.layers.0.self_attn.q_proj.weight", [32, 32]],
      ["model.layers.0.self_attn.k_proj.weight", [16, 32]],
      ["model.layers.0.self_attn.v_proj.weight", [16, 32]],
    ],
  });
});

test(
  "embeddings() gives tokens as the decoder takes them: Gemma's times sqrt(d)",
  effectTest(() =>
    Effect.gen(function* () {
      const checkpoint = yield* open(vector("gemma2_b"));
      const plain = { ...checkpoint, config: { ...checkpoint.config, tokenScale: 1 } };
      const rows = yield* embeddings(plain, [5]);
      const scale = Math.fround(Math.sqrt(24));
      assert.equal(yield* embeddings(checkpoint, [5]), rows.map((value) => scale * value));
    })
  ),
);

test.run();
