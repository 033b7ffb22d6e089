"""Makes gguf/: a random tensor of each number format with what `gguf` reads of it, and the checkpoints here as GGUF files.

Run as `python make_gguf.py OUT_DIR` beside the other vectors, with gguf 0.19.0, numpy and safetensors.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFWriter, GGML_QUANT_SIZES
from gguf.quants import dequantize
from safetensors.numpy import load_file, save_file

HERE = Path(__file__).parent
ROWS, COLUMNS = 3, 512

# bytes of a block at which its 16-bit scales lie
SCALES = {
    Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0], Type.Q4_K: [0, 2], Type.Q5_K: [0, 2], Type.Q6_K: [208],
}
# a subnormal, the largest, both zeros
ODD = np.array([2**-24, -65504, 0, -0.0], np.float16)


def blocks(out):
    rng = np.random.default_rng(20261128)
    writer = GGUFWriter(out / "blocks.gguf", "llama")
    expected = {}
    for kind in [Type.F32, Type.F16, Type.BF16, *SCALES]:
        numbers, size = GGML_QUANT_SIZES[kind]
        count = ROWS * COLUMNS // numbers
        if kind in SCALES:
            data = rng.integers(0, 256, (count, size), np.uint8)
            for at in SCALES[kind]:
                scale = rng.standard_normal(count).astype(np.float16)
                scale[:4] = ODD[: min(4, count)]
                data[:, at : at + 2] = scale.view(np.uint8).reshape(count, 2)
        elif kind == Type.BF16:
            data = (rng.standard_normal(count).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)
        else:
            data = rng.standard_normal(count).astype(np.float32 if kind == Type.F32 else np.float16).view(np.uint8)
        data = data.reshape(ROWS, -1)
        writer.add_tensor(kind.name, data, raw_dtype=kind)
        expected[kind.name] = dequantize(data, kind).reshape(ROWS, COLUMNS)
    close(writer)
    save_file(expected, out / "blocks.safetensors")


def close(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


PARTS = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}
WHOLE = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight"}


def renamed(name):
    if name in WHOLE:
        return WHOLE[name]
    _, _, layer, *part, kind = name.split(".")
    return f"blk.{layer}.{PARTS['.'.join(part)]}.{kind}"


def permuted(rows, heads):
    """As `permute` of llama.cpp's convert_hf_to_gguf.py."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def llama3_factors(rope, head_dim):
    """As `generate_extra_tensors` of llama.cpp's convert_hf_to_gguf.py."""
    factors = []
    for i in range(0, head_dim, 2):
        wavelength = 2 * math.pi * rope["rope_theta"] ** (i / head_dim)
        low = rope["original_max_position_embeddings"] / rope["low_freq_factor"]
        high = rope["original_max_position_embeddings"] / rope["high_freq_factor"]
        if wavelength < high:
            factors.append(1)
        elif wavelength > low:
            factors.append(rope["factor"])
        else:
            smooth = (rope["original_max_position_embeddings"] / wavelength - rope["low_freq_factor"]) / (
                rope["high_freq_factor"] - rope["low_freq_factor"]
            )
            factors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    return np.array(factors, np.float32)


def model(name, out):
    config = json.loads((HERE / name / "config.json").read_text())
    generation = json.loads((HERE / name / "generation_config.json").read_text())
    rope = config["rope_parameters"]
    head_dim = config.get("head_dim", config["hidden_size"] // config["num_attention_heads"])
    writer = GGUFWriter(out / f"{name}.gguf", name)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(rope["rope_theta"])
    if name == "llama":
        writer.add_rope_dimension_count(head_dim)
        writer.add_tensor("rope_freqs.weight", llama3_factors(rope, head_dim))
    if name == "qwen3":
        writer.add_key_length(head_dim)
        writer.add_value_length(head_dim)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2" if name != "llama" else "llama-bpe")
    writer.add_token_list([chr(33 + i) for i in range(94)] + ["Ġ", "<|end|>"])
    writer.add_token_types([1] * 95 + [3])
    writer.add_token_merges(["a p", "ap p"])
    eos = generation["eos_token_id"]
    first, *others = eos if isinstance(eos, list) else [eos]
    writer.add_bos_token_id(config["bos_token_id"] or 0)
    writer.add_eos_token_id(first)
    for other in others:
        writer.add_eot_token_id(other)
    writer.add_chat_template("{{ messages[0]['content'] }}")
    for key, tensor in sorted(load_file(HERE / name / "model.safetensors").items()):
        for part, heads in [("q_proj", "num_attention_heads"), ("k_proj", "num_key_value_heads")]:
            if name == "llama" and f".{part}." in key:
                tensor = permuted(tensor, config[heads])
        writer.add_tensor(renamed(key), np.ascontiguousarray(tensor))
    close(writer)


if __name__ == "__main__":
    out = Path(sys.argv[1]) / "gguf"
    out.mkdir(parents=True, exist_ok=True)
    blocks(out)
    for each in ["llama", "qwen2", "qwen3"]:
        model(each, out)
