"""Checkpoints of the families beside Llama, and of rotations that depend on a text's length: two shapes of each.

The first of a family has the vocabulary of a tokenizer of its kind ("tokenizer": a style of tokenizers/) and bfloat16 weights.
"config" is what transformers is given; "json" what is written over the saved config.json, None to leave a key out.
"""

import torch
from transformers import (
    Gemma2Config,
    Gemma3TextConfig,
    GraniteConfig,
    LlamaConfig,
    MinistralConfig,
    MistralConfig,
    Olmo2Config,
    Olmo3Config,
    Phi3Config,
    Qwen2Config,
    Qwen3Config,
    SmolLM3Config,
)

SMALL = dict(
    vocab_size=96,
    hidden_size=24,
    intermediate_size=40,
    num_hidden_layers=3,
    num_attention_heads=3,
    num_key_value_heads=1,
    max_position_embeddings=256,
    bos_token_id=1,
    eos_token_id=2,
    pad_token_id=0,
)
WIDE = dict(
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=256,
    bos_token_id=1,
    eos_token_id=2,
    pad_token_id=0,
)
FULL, SLIDING = "full_attention", "sliding_attention"

YARN = dict(rope_type="yarn", rope_theta=500.0, factor=8.0, original_max_position_embeddings=32, beta_fast=8.0)


def longrope(pairs, original):
    return dict(
        rope_type="longrope",
        rope_theta=500.0,
        short_factor=[1.0 + 0.1 * i for i in range(pairs)],
        long_factor=[1.5 + 0.7 * i for i in range(pairs)],
        original_max_position_embeddings=original,
    )


def family_checkpoints():
    """Name -> spec, as in make_vectors.py."""
    first = dict(dtype=torch.bfloat16)
    return {
        "gemma2_a": first | dict(
            distinct=5,
            config=Gemma2Config(
                **WIDE | dict(num_hidden_layers=4),
                head_dim=16,
                sliding_window=8,
                query_pre_attn_scalar=12,
                attn_logit_softcapping=3.0,
                final_logit_softcapping=2.0,
            ),
            tokenizer="gemma",
        ),
        "gemma2_b": dict(
            distinct=5,
            config=Gemma2Config(
                **SMALL,
                head_dim=8,
                layer_types=[FULL, SLIDING, SLIDING],
                sliding_window=5,
                query_pre_attn_scalar=8,
                attn_logit_softcapping=None,
                attention_bias=True,
                tie_word_embeddings=False,
                rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=300.0),
            ),
        ),
        "gemma3_a": first | dict(
            distinct=5,
            config=Gemma3TextConfig(
                **WIDE | dict(num_hidden_layers=3),
                head_dim=16,
                layer_types=[SLIDING, SLIDING, FULL],
                sliding_window=7,
                query_pre_attn_scalar=10,
                rope_parameters={
                    FULL: dict(rope_type="linear", factor=8.0, rope_theta=1000.0),
                    SLIDING: dict(rope_type="default", rope_theta=100.0),
                },
            ),
            tokenizer="gemma",
        ),
        # as the first releases were published
        "gemma3_b": dict(
            distinct=5,
            config=Gemma3TextConfig(
                **SMALL, head_dim=8, sliding_window=6, query_pre_attn_scalar=8, final_logit_softcapping=2.0
            ),
            json=dict(
                rope_parameters=None,
                layer_types=None,
                _sliding_window_pattern=None,
                sliding_window_pattern=2,
                rope_theta=2000.0,
                rope_local_base_freq=50.0,
                rope_scaling=dict(rope_type="linear", factor=4.0),
            ),
        ),
        # the text outgrows the short factors while it is generated, and is read again
        "phi3_a": first | dict(
            config=Phi3Config(
                **WIDE | dict(num_key_value_heads=4),
                original_max_position_embeddings=40,
                rope_parameters=longrope(4, 40),
            ),
            tokenizer="llama2",
        ),
        # as Phi-4-mini
        "phi3_b": dict(
            config=Phi3Config(
                **SMALL | dict(hidden_size=32, num_attention_heads=2),
                tie_word_embeddings=True,
                sliding_window=10,
                original_max_position_embeddings=20,
                rope_parameters=longrope(6, 20) | dict(partial_rotary_factor=0.75),
            ),
        ),
        "olmo2_a": first | dict(config=Olmo2Config(**WIDE | dict(num_key_value_heads=4)), tokenizer="llama3"),
        "olmo2_b": dict(config=Olmo2Config(**SMALL | dict(num_hidden_layers=4), rope_parameters=YARN)),
        "olmo3_a": first | dict(
            config=Olmo3Config(
                **WIDE | dict(num_hidden_layers=4),
                sliding_window=6,
                rope_parameters={FULL: YARN, SLIDING: dict(rope_type="default", rope_theta=500.0)},
            ),
            tokenizer="llama3",
        ),
        "olmo3_b": dict(config=Olmo3Config(**SMALL, sliding_window=9, layer_types=[FULL, SLIDING, FULL])),
        "granite_a": first | dict(
            config=GraniteConfig(
                **WIDE,
                embedding_multiplier=6.0,
                attention_multiplier=0.25,
                residual_multiplier=0.6,
                logits_scaling=0.7,
            ),
            tokenizer="smollm2",
        ),
        "granite_b": dict(
            config=GraniteConfig(
                **SMALL, attention_bias=True, mlp_bias=True, embedding_multiplier=0.5, attention_multiplier=0.5
            ),
        ),
        "smollm3_a": first | dict(
            config=SmolLM3Config(**WIDE | dict(num_hidden_layers=4), no_rope_layer_interval=2), tokenizer="llama3"
        ),
        "smollm3_b": dict(
            config=SmolLM3Config(
                **SMALL,
                no_rope_layers=[0, 1, 0],
                use_sliding_window=True,
                sliding_window=8,
                attention_bias=True,
                mlp_bias=True,
                rope_parameters=YARN | dict(truncate=False),
            ),
        ),
        "ministral_a": first | dict(
            config=MinistralConfig(**WIDE, head_dim=16, sliding_window=6, layer_types=[SLIDING, FULL]),
            tokenizer="tekken",
        ),
        "ministral_b": dict(
            config=MinistralConfig(**SMALL, head_dim=8, layer_types=[FULL] * 3, rope_parameters=YARN | dict(mscale=2.0, mscale_all_dim=1.0)),
        ),
        "mistral_types": dict(
            config=MistralConfig(**SMALL, sliding_window=7), json=dict(layer_types=[SLIDING, FULL, SLIDING])
        ),
        "qwen2_types": dict(
            config=Qwen2Config(
                **SMALL, use_sliding_window=True, sliding_window=6, layer_types=[FULL, SLIDING, FULL], rope_parameters=YARN
            ),
        ),
        # behind its context from the first token on
        "qwen3_types": dict(
            config=Qwen3Config(
                **SMALL | dict(max_position_embeddings=8),
                head_dim=8,
                use_sliding_window=True,
                sliding_window=9,
                layer_types=[SLIDING, FULL, FULL],
                rope_parameters=dict(rope_type="dynamic", factor=32.0, rope_theta=100.0),
            ),
        ),
        # leaves its context while the text is generated
        "llama_dynamic": dict(
            config=LlamaConfig(
                **SMALL | dict(max_position_embeddings=40),
                rope_parameters=dict(rope_type="dynamic", factor=4.0, rope_theta=100.0),
            ),
        ),
        "llama_longrope": dict(config=LlamaConfig(**SMALL, rope_parameters=longrope(4, 30))),
    }
