"""Makes random checkpoints of the supported families, and what transformers computes with them.

    python make_random.py OUT_DIR COUNT SEED

Each goes into a folder of its own as the vectors of test/vectors do, its config.json as transformers saves it or written by hand, with
any keys left to their defaults. Half of the scalings are in the style of older releases, and one config in eight asks for something that is not computed. A config
that transformers refuses is kept too, with the reason. compare.ts tells what this library makes of them.
"""

import json
import random
import shutil
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "vectors"))
from make_vectors import greedy, load, randomize, saliency  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from transformers import AutoConfig, AutoModelForCausalLM  # noqa: E402
from transformers.utils import logging  # noqa: E402

FULL, SLIDING = "full_attention", "sliding_attention"
ARCHITECTURES = {
    "llama": "LlamaForCausalLM",
    "mistral": "MistralForCausalLM",
    "ministral": "MinistralForCausalLM",
    "qwen2": "Qwen2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
    "gemma2": "Gemma2ForCausalLM",
    "gemma3_text": "Gemma3ForCausalLM",
    "phi3": "Phi3ForCausalLM",
    "olmo2": "Olmo2ForCausalLM",
    "olmo3": "Olmo3ForCausalLM",
    "granite": "GraniteForCausalLM",
    "smollm3": "SmolLM3ForCausalLM",
}


def maybe(rng, probability, **keys):
    """The keys, or none of them."""
    return keys if rng.random() < probability else {}


def some_layers(rng, layers):
    return [rng.choice([FULL, SLIDING]) for _ in range(layers)]


def scaling(rng, pairs, kinds):
    """Parameters of a rotation, without its base."""
    kind = rng.choice(kinds)
    factor = rng.choice([1.0, 1.5, 2, 4.0, 8])
    original = rng.choice([8, 20, 32, 64])
    if kind == "default":
        return dict(rope_type=kind)
    if kind in ("linear", "dynamic"):
        return dict(rope_type=kind, factor=factor)
    if kind == "llama3":
        return dict(rope_type=kind, factor=factor, low_freq_factor=1.0, high_freq_factor=rng.choice([2.0, 4.0]), original_max_position_embeddings=original)
    if kind == "yarn":
        return (
            dict(rope_type=kind, factor=factor)
            | maybe(rng, 0.8, original_max_position_embeddings=original)
            | maybe(rng, 0.3, attention_factor=rng.choice([0.7, 1.3]))
            | maybe(rng, 0.3, mscale=rng.choice([0.5, 1.0, 2.0]), mscale_all_dim=rng.choice([0.7, 1.0]))
            | maybe(rng, 0.4, beta_fast=rng.choice([4.0, 8, 16]))
            | maybe(rng, 0.3, beta_slow=rng.choice([0.5, 2]))
            | maybe(rng, 0.2, truncate=rng.choice([True, False]))
        )
    return (
        dict(
            rope_type=kind,
            short_factor=[round(rng.uniform(0.8, 2), 3) for _ in range(pairs)],
            long_factor=[round(rng.uniform(1, 6), 3) for _ in range(pairs)],
        )
        | maybe(rng, 0.7, original_max_position_embeddings=original)
        | maybe(rng, 0.3, factor=factor)
        | maybe(rng, 0.2, attention_factor=rng.choice([0.8, 1.2]))
    )


def rotation(rng, family, head_dim):
    """Keys of the rotation, in any style."""
    theta = rng.choice([50.0, 100.0, 1000.0, 10000.0, 500000.0])
    kinds = ["default", "linear", "dynamic", "llama3", "yarn", "longrope"]
    partial = {}
    if family == "phi3":
        kinds = ["default", "longrope"]
        partial = maybe(rng, 0.5, partial_rotary_factor=rng.choice([0.25, 0.5, 0.75, 1.0]))
    pairs = int(head_dim * partial.get("partial_rotary_factor", 1)) // 2
    one = scaling(rng, pairs, kinds)
    style = rng.choice(["none", "theta", "new", "old", "oldest"])
    if family in ("gemma3_text", "olmo3"):
        other = scaling(rng, pairs, ["default", "linear", "yarn"])
        if style in ("new", "oldest"):
            return dict(
                rope_parameters={FULL: one | maybe(rng, 0.8, rope_theta=theta), SLIDING: other | maybe(rng, 0.8, rope_theta=theta / 5)}
            )
        local = maybe(rng, 0.5, rope_local_base_freq=70.0) if family == "gemma3_text" else {}
        return local | (dict(rope_theta=theta, rope_scaling=one) if style == "old" else {} if style == "none" else dict(rope_theta=theta))
    if style == "none":
        return partial
    if style == "theta" or one["rope_type"] == "default":
        return partial | dict(rope_theta=theta)
    original = {}
    if family == "phi3":
        original = dict(original_max_position_embeddings=one.pop("original_max_position_embeddings", 32))
    elif rng.random() < 0.1 and one["rope_type"] in ("yarn", "longrope", "llama3"):
        original = dict(original_max_position_embeddings=24)
    if style == "new":
        return original | dict(rope_parameters=one | dict(rope_theta=theta) | partial)
    if style == "oldest":
        kind = one.pop("rope_type")
        one["type"] = rng.choice(["su", "yarn", kind]) if family == "phi3" else kind
    return original | partial | dict(rope_theta=theta, rope_scaling=one)


def own_keys(rng, family, layers):
    """Keys that the family's class has beside those of all."""
    window = rng.choice([None, 2, 3, 7, 12, 60])
    types = maybe(rng, 0.5, layer_types=some_layers(rng, layers))
    biases = maybe(rng, 0.4, attention_bias=True)
    mlp = maybe(rng, 0.3, mlp_bias=True)
    if family == "llama":
        return biases | mlp
    if family in ("mistral", "ministral"):
        return dict(sliding_window=window) | types
    if family in ("qwen2", "qwen3"):
        asked = rng.random() < 0.7
        keys = dict(use_sliding_window=asked, sliding_window=window) | maybe(rng, 0.5, max_window_layers=rng.randint(0, layers))
        return keys | (types if asked else {}) | (biases if family == "qwen3" else {})
    if family in ("gemma2", "gemma3_text"):
        return (
            dict(sliding_window=window or 5)
            | types
            | biases
            | maybe(rng, 0.8, query_pre_attn_scalar=rng.choice([4, 8, 20]))
            | maybe(rng, 0.5, final_logit_softcapping=rng.choice([None, 2.0, 5.0, 20.0]))
            | maybe(rng, 0.5, attn_logit_softcapping=rng.choice([None, 1.0, 4.0, 30.0]))
            | (maybe(rng, 0.4, sliding_window_pattern=rng.choice([1, 2, 3])) if family == "gemma3_text" else {})
        )
    if family == "phi3":
        return maybe(rng, 0.5, sliding_window=window)
    if family == "olmo2":
        return biases
    if family == "olmo3":
        return dict(sliding_window=window or 6) | types | biases
    if family == "granite":
        return (
            biases
            | mlp
            | maybe(rng, 0.7, embedding_multiplier=rng.choice([0.5, 3.0, 12]))
            | maybe(rng, 0.7, attention_multiplier=rng.choice([0.05, 0.25, 0.5]))
            | maybe(rng, 0.7, residual_multiplier=rng.choice([0.22, 0.7, 1.5]))
            | maybe(rng, 0.7, logits_scaling=rng.choice([0.5, 2.0, 8]))
        )
    return (
        biases
        | mlp
        | maybe(rng, 0.5, use_sliding_window=True, sliding_window=window)
        | maybe(rng, 0.4, no_rope_layer_interval=rng.choice([1, 2, 3]))
        | maybe(rng, 0.4, no_rope_layers=[rng.choice([0, 1]) for _ in range(layers)])
    )


# What is not computed, or hardly ever written
ODD = [
    dict(hidden_act="relu"),
    dict(hidden_activation="gelu"),
    dict(is_causal=False),
    dict(use_bidirectional_attention=True),
    dict(num_key_value_heads=5),
    dict(head_dim=7),
    dict(layer_types=["chunked_attention"]),
    dict(rope_scaling=dict(rope_type="proportional", factor=2.0, partial_rotary_factor=0.5)),
    dict(rope_scaling=dict(rope_type="yarn")),
    dict(partial_rotary_factor=0.5),
    dict(quantization_config=dict(quant_method="gptq", bits=4)),
    dict(sliding_window=4),
    dict(sliding_window=1),
    dict(rope_theta=None),
    dict(num_key_value_heads=None),
    dict(head_dim=None),
    dict(hidden_act="gelu_pytorch_tanh"),
    dict(attn_logit_softcapping=2.0, final_logit_softcapping=2.0),
    dict(embedding_multiplier=3.0),
    dict(num_local_experts=4),
]


def make_config(rng):
    family = rng.choice(sorted(ARCHITECTURES))
    layers = rng.randint(1, 4)
    heads = rng.choice([1, 2, 3, 4, 6])
    groups = rng.choice([k for k in range(1, heads + 1) if heads % k == 0])
    head_dim = rng.choice([4, 6, 8, 12, 16])
    own_dim = family.startswith("gemma") or rng.random() < 0.3
    # its class checks long factors against the heads that it would have without head_dim
    own_dim = own_dim and family != "phi3"
    hidden = heads * rng.choice([4, 6, 10]) if own_dim else heads * head_dim
    json = dict(
        architectures=[ARCHITECTURES[family]],
        model_type=family,
        vocab_size=rng.choice([40, 64, 101]),
        hidden_size=hidden,
        intermediate_size=rng.choice([8, 24, 50]),
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=groups,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    # Ministral's class needs it
    json |= dict(head_dim=head_dim) if own_dim or family == "ministral" else {}
    json |= maybe(rng, 0.7, max_position_embeddings=rng.choice([24, 40, 100, 300]))
    json |= maybe(rng, 0.6, tie_word_embeddings=rng.choice([True, False]))
    json |= maybe(rng, 0.5, rms_norm_eps=rng.choice([1e-6, 1e-5, 1e-2]))
    json |= own_keys(rng, family, layers)
    json |= rotation(rng, family, json.get("head_dim") or hidden // heads)
    if rng.random() < 0.125:
        odd = dict(rng.choice(ODD))
        json |= {key: value * layers if key == "layer_types" else value for key, value in odd.items()}
    return json


def make_one(folder, rng):
    torch.manual_seed(rng.randrange(2**31))
    generator = torch.Generator().manual_seed(rng.randrange(2**31))
    config = make_config(rng)
    folder.mkdir(parents=True)
    write = lambda name, value: (folder / name).write_text(json.dumps(value) + "\n")  # noqa: E731
    write("config.json", config)
    try:
        read = AutoConfig.from_pretrained(folder)
        model = AutoModelForCausalLM.from_config(read, dtype=torch.float32)
        randomize(model, generator)
        model.to(rng.choice([torch.float32, torch.float32, torch.bfloat16, torch.float16]))
        model.save_pretrained(folder)
        # as this release of transformers writes it, or as it was asked for
        if rng.random() < 0.5:
            write("config.json", config)
        (folder / "generation_config.json").unlink(missing_ok=True)
        # what reads the same files must be the same model
        model = load(folder)
        ids = lambda count: [rng.randrange(3, config["vocab_size"]) for _ in range(count)]  # noqa: E731
        question, rationale = ids(rng.randint(1, 25)), ids(rng.randint(2, 12))
        prompt = 0.3 * torch.randn(rng.randint(1, 6), config["hidden_size"], generator=generator)
        expected, tensors = {"question_ids": question, "rationale_ids": rationale}, {"soft_prompt": prompt}
        for case, rows in {"plain": None, "prompted": prompt}.items():
            loss, values = saliency(model, question + rationale, len(rationale), rows, check=False)
            tensors |= {f"{case}.{name}": value.contiguous() for name, value in values.items()}
            try:
                tokens, margin = greedy(model, question, 24, rows)
            except AssertionError:  # its cache gives other tokens than one pass
                tokens, margin = None, 0
            expected[case] = {"loss": loss, "greedy_ids": tokens, "min_margin": margin}
        save_file(tensors, folder / "expected.safetensors")
        write("expected.json", expected)
    except Exception as error:  # noqa: BLE001 -- whatever it is, transformers does not compute it
        write("refused.json", {"reason": f"{type(error).__name__}: {error}"[:400]})


def main():
    out, count, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    for i in range(count):
        folder = out / f"{seed}_{i}"
        if (folder / "expected.json").exists() or (folder / "refused.json").exists():
            continue
        shutil.rmtree(folder, ignore_errors=True)
        make_one(folder, random.Random(f"{seed} {i}"))


if __name__ == "__main__":
    main()
