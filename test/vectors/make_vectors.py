"""Makes the test vectors of this folder: tiny random checkpoints and what PyTorch computes with them.

    pip install torch==2.13.0 transformers==5.23.0 peft==0.21.2 tokenizers==0.23.3
    python make_vectors.py OUT_DIR [NAME ...]

Every folder is written from a fixed seed. The expected values are those of the checkpoint as read back from disk, in
float32, with eager attention. README.md tells what the files hold.
"""

import json
import re
import shutil
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer
from peft import PeftModel, PromptTuningConfig, TaskType, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    GenerationConfig,
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
    Qwen3Config,
)
from transformers.utils import logging

from family_checkpoints import family_checkpoints
from make_tokenizers import make_tokenizers

VOCABULARY = 96
VIRTUAL_TOKENS = 4
# A tie between the two best tokens could be broken by rounding; texts with one are not used.
MIN_MARGIN = 0.02
# The families' logits lie closer together, in larger vocabularies; ten times what may differ is far enough.
FAMILY_MIN_MARGIN = 0.002

# All weights are trained, but to keep the files small only these are written after the optimizer's steps.
STEPPED_WEIGHTS = ["model.layers.0.self_attn.q_proj.weight", "model.layers.1.mlp.down_proj.weight", "model.norm.weight"]

SHAPE = dict(
    vocab_size=VOCABULARY,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=256,
    bos_token_id=1,
    eos_token_id=2,
)

# With heads of 8, theta 100 and 32 original positions the four frequencies meet all three cases of the rule:
# one is kept, one is interpolated, two are divided by the factor.
LLAMA3_ROPE = dict(
    rope_type="llama3",
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=32,
    rope_theta=100.0,
)


def checkpoints():
    """Name -> config, and what differs from a plain float32 checkpoint."""
    return {
        "llama": dict(
            config=LlamaConfig(**SHAPE | dict(num_hidden_layers=3), rope_parameters=LLAMA3_ROPE, rms_norm_eps=1e-5),
            eos=[2, 3],
        ),
        "llama_linear": dict(
            config=LlamaConfig(
                **SHAPE,
                tie_word_embeddings=True,
                rope_parameters=dict(rope_type="linear", factor=4.0, rope_theta=500.0),
            ),
            training=True,
            old_rope=dict(rope_theta=500.0, rope_scaling=dict(type="linear", factor=4.0)),
        ),
        "mistral": dict(config=MistralConfig(**SHAPE, sliding_window=8)),
        "qwen2": dict(config=Qwen2Config(**SHAPE, tie_word_embeddings=True)),
            "qwen3": dict(
            config=Qwen3Config(
                **SHAPE,
                head_dim=16,
                tie_word_embeddings=True,
                rope_parameters=dict(rope_type="default", rope_theta=1e6),
            ),
        ),
        "llama_sharded_bf16": dict(
            config=LlamaConfig(**SHAPE, rope_parameters=LLAMA3_ROPE),
            dtype=torch.bfloat16,
            shard_size="20KB",
            old_rope=dict(
                rope_theta=100.0,
                rope_scaling={key: value for key, value in LLAMA3_ROPE.items() if key != "rope_theta"},
            ),
        ),
        "llama_f16": dict(config=LlamaConfig(**SHAPE, tie_word_embeddings=True), dtype=torch.float16),
    } | {name: dict(min_margin=FAMILY_MIN_MARGIN) | spec for name, spec in family_checkpoints().items()}


def randomize(model, generator):
    """Weights large enough that attention is far from uniform and greedy text varies."""
    # Gemma adds 1 to its norms' weights, and takes embeddings times sqrt(d): a token would predict itself
    gemma = model.config.model_type.startswith("gemma")
    centre, embedding = (0, 0.1) if gemma else (1, 0.25)
    for name, weight in model.named_parameters():
        noise = torch.randn(weight.shape, generator=generator)
        with torch.no_grad():
            if name.endswith("norm.weight"):
                weight.copy_(centre + 0.3 * noise)
            else:
                scale = embedding if "embed_tokens" in name else 0.5 if name.endswith("bias") else 0.25
                weight.copy_(scale * noise)


def save_checkpoint(folder, spec, generator):
    """Writes the checkpoint as transformers does, then rewrites the config's rope keys where the old style is asked for."""
    if "tokenizer" in spec:
        spec["config"].vocab_size = tokenizer_of(Path(__file__).parent, spec).get_vocab_size()
    model = AutoModelForCausalLM.from_config(spec["config"], dtype=torch.float32)
    randomize(model, generator)
    model.to(spec.get("dtype", torch.float32))
    model.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=spec.get("eos", 2), do_sample=False)
    model.save_pretrained(folder, max_shard_size=spec.get("shard_size", "1GB"))
    if "old_rope" in spec:
        path = folder / "config.json"
        config = json.loads(path.read_text())
        del config["rope_parameters"], config["head_dim"]
        config["torch_dtype"] = config.pop("dtype")
        config["transformers_version"] = "4.46.0"
        path.write_text(json.dumps(config | spec["old_rope"], indent=2, sort_keys=True) + "\n")


    if "json" in spec:
        path = folder / "config.json"
        config = json.loads(path.read_text()) | spec["json"]
        config = {key: value for key, value in config.items() if value is not None or key not in spec["json"]}
        path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def tokenizer_of(folder, spec):
    """A tokenizer of the family's kind (make_tokenizer_styles.py)."""
    style = json.loads((folder / "tokenizers" / f"{spec['tokenizer']}.json").read_text())
    return Tokenizer.from_str(json.dumps(style["tokenizer"]))


def load(folder):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    # Without EOS every greedy text has its full length.
    model.generation_config = GenerationConfig(pad_token_id=0)
    return model.eval()


def embed(model, rows, prompt=None):
    """Rows [P; text] as the decoder's input, [B, n + T, d]."""
    text = model.get_input_embeddings()(torch.tensor(rows))
    return text if prompt is None else torch.cat([prompt.expand(len(rows), -1, -1), text], dim=1)


def reset(model):
    """A dynamic rotation remembers the longest text that was read."""
    rotary = model.model.rotary_emb
    for prefix in ("", "full_attention_", "sliding_attention_"):
        if hasattr(rotary, f"{prefix}original_inv_freq"):
            setattr(rotary, f"{prefix}inv_freq", getattr(rotary, f"{prefix}original_inv_freq").clone())
            setattr(rotary, f"{prefix}max_seq_len_cached", rotary.original_max_seq_len)


def rotation(model):
    """The type of the rotations of layers that read all."""
    parameters = model.config.rope_parameters
    return parameters.get("full_attention", parameters)["rope_type"]


def greedy_without_cache(model, rows, steps, prompt):
    """Each token by one pass over all before it: what Phi-3 does where its rotation changes, unless it is given embeddings."""
    logits = []
    with torch.no_grad():
        for _ in range(steps):
            logits.append(model(inputs_embeds=embed(model, rows, prompt)).logits[:, -1])
            rows = [row + [best] for row, best in zip(rows, logits[-1].argmax(-1).tolist())]
    return [row[-steps:] for row in rows], logits


def greedy_rows(model, rows, steps, prompt=None):
    """For each of the rows, equally long, the tokens of generate() with EOS switched off, and the least distance between the two best logits."""
    reset(model)
    if model.config.model_type == "phi3":
        tokens, logits = greedy_without_cache(model, rows, steps, prompt)
    else:
        inputs = embed(model, rows, prompt).detach()
        out = model.generate(
            inputs_embeds=inputs,
            attention_mask=torch.ones(inputs.shape[:2], dtype=torch.long),
            max_new_tokens=steps,
            do_sample=False,
            output_logits=True,
            return_dict_in_generate=True,
        )
        tokens, logits = out.sequences.tolist(), out.logits
    assert all(len(row) == steps for row in tokens)
    best = torch.stack(logits).topk(2).values
    return list(zip(tokens, (best[..., 0] - best[..., 1]).amin(0).tolist()))


def greedy(model, ids, steps, prompt=None):
    """The same of one row, on its own."""
    [(tokens, margin)] = greedy_rows(model, [ids], steps, prompt)
    # The cache must not matter: one forward pass over everything gives the same tokens.
    if rotation(model) not in ("dynamic", "longrope"):
        with torch.no_grad():
            full = model(inputs_embeds=embed(model, [ids + tokens], prompt)).logits[0, -steps - 1 : -1]
        assert full.argmax(-1).tolist() == tokens
    return tokens, margin


def saliency(model, ids, rationale_length, prompt=None, check=True):
    """I_l = |sum_h A * dL/dA| of every layer, L = mean cross-entropy of the last rationale_length tokens."""
    if prompt is not None:
        prompt = prompt.clone().requires_grad_()
    reset(model)
    out = model(inputs_embeds=embed(model, [ids], prompt), output_attentions=True)
    distance = torch.arange(out.attentions[0].shape[-1])
    distance = distance[:, None] - distance
    types = getattr(model.config, "layer_types", None) or ["sliding_attention"] * len(out.attentions)
    for attention, kind in zip(out.attentions, types):
        sliding = getattr(model.config, "sliding_window", None) if kind == "sliding_attention" else None
        window = sliding or len(distance)
        attention.retain_grad()
        assert not check or attention[..., (distance < 0) | (distance >= window)].eq(0).all()
    predictions = out.logits[0, -rationale_length - 1 : -1]
    loss = torch.nn.functional.cross_entropy(predictions, torch.tensor(ids[-rationale_length:]))
    model.zero_grad()
    loss.backward()
    maps = [(attention * attention.grad)[0].sum(0).abs() for attention in out.attentions]
    text_logits = out.logits[0, -len(ids) :].detach()
    next_log_probs = text_logits[:-1].log_softmax(-1).gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
    tensors = {
        "logits": text_logits,
        "log_probs": next_log_probs,
        "saliency": torch.stack(maps).detach(),
    }
    if prompt is not None:
        tensors["prompt_gradient"] = prompt.grad
    return loss.item(), tensors


def random_ids(length, generator):
    """Ids of ordinary tokens, which all vocabularies have: 0..3 are left to padding, BOS and EOS."""
    return torch.randint(4, VOCABULARY, (length,), generator=generator).tolist()


def usable(tokens, margin, spec):
    """Whether a greedy text can serve as a reference: no near tie, no EOS, not one token over and over."""
    return margin >= spec.get("min_margin", MIN_MARGIN) and not {2, 3} & set(tokens) and len(set(tokens)) >= min(spec.get("distinct", 10), len(tokens) // 2)


def search(spec, model, length, steps, prompts, generator):
    """Ids whose greedy texts, with each of the prompts, can serve as references; many are tried at a time."""
    for _ in range(40):
        rows = [random_ids(length, generator) for _ in range(48)]
        for prompt in prompts:
            found = greedy_rows(model, rows, steps, prompt) if rows else []
            rows = [row for row, case in zip(rows, found) if usable(*case, spec)]
        for row in rows:
            alone = [greedy(model, row, steps, prompt) for prompt in prompts]
            if all(usable(*case, spec) for case in alone):
                return row, alone
    raise RuntimeError("no text found; try another seed")


def find_batch(spec, model, lengths, generator):
    """One prompt of every length, with its 16 greedy tokens when run on its own."""
    rows = []
    for length in lengths:
        ids, [(tokens, margin)] = search(spec, model, length, 16, [None], generator)
        rows.append({"prompt_ids": ids, "ids": tokens, "min_margin": margin})
    return rows


def pipeline_case(spec, model, prompt):
    """What is answered to a question as its tokenizer reads it."""
    tokenizer, number = tokenizer_of(Path(__file__).parent, spec), 0
    while True:
        number += 1
        question = f"Tom has {number} apples. Ann has 2 more. How many does Ann have?"
        ids = tokenizer.encode(question + "\n").ids
        plain, prompted = greedy(model, ids, 12), greedy(model, ids, 12, prompt)
        tokens = plain[0] + prompted[0]
        if min(plain[1], prompted[1]) >= spec["min_margin"] and not {0, 1, 2, 3} & set(tokens):
            texts = {name: tokenizer.decode(case[0]) for name, case in {"plain": plain, "prompted": prompted}.items()}
            return {"question": question, "ids": ids} | texts


def write_expected(folder, spec, model, prompt, generator):
    question, [plain, prompted] = search(spec, model, 12, 64, [None, prompt], generator)
    ids = question + random_ids(12, generator)
    tensors, losses = {"soft_prompt": prompt}, {}
    for case, rows in {"plain": None, "prompted": prompt}.items():
        losses[case], values = saliency(model, ids, 12, rows)
        if "tokenizer" in spec:
            # of a larger vocabulary, the rows of the rationale alone
            values["logits"] = values["logits"][12:]
        tensors |= {f"{case}.{name}": value.contiguous() for name, value in values.items()}
    save_file(tensors, folder / "expected.safetensors")
    write_json(folder / "expected.json", {
        "question_ids": question,
        "rationale_ids": ids[12:],
        "plain": {"loss": losses["plain"], "greedy_ids": plain[0], "min_margin": plain[1]},
        "prompted": {"loss": losses["prompted"], "greedy_ids": prompted[0], "min_margin": prompted[1]},
        "batch": find_batch(spec, model, [3, 20, 7, 12, 5, 16, 9, 14], generator),
    } | ({"pipeline": pipeline_case(spec, model, prompt)} if "tokenizer" in spec else {}))


def write_json(path, value):
    """Indented JSON, with each array of numbers on one line."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    path.write_text(re.sub(r"\[[\s\d,-]+\]", lambda ids: json.dumps(json.loads(ids[0])), text) + "\n")


def training_loss(model, rows):
    """Mean cross-entropy of every token after the first of its row, over all rows."""
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1]
    labels = ids[:, 1:].masked_fill(mask[:, 1:] == 0, -100)
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())


def write_training(folder, model, generator):
    """The gradient of the loss for all weights, and three AdamW steps on the same batch."""
    rows = [random_ids(length, generator) for length in (12, 9, 5)]
    options = dict(lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1)
    optimizer = torch.optim.AdamW(model.parameters(), **options)
    tensors, losses, norms = {}, [], []
    for step in range(3):
        optimizer.zero_grad()
        loss = training_loss(model, rows)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            tensors |= {f"gradient.{name}": weight.grad.clone() for name, weight in model.named_parameters()}
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item())
        optimizer.step()
        if step in (0, 2):
            weights = {name: model.get_parameter(name).detach().clone() for name in STEPPED_WEIGHTS}
            tensors |= {f"step{step + 1}.{name}": weight for name, weight in weights.items()}
    save_file(tensors, folder / "training.safetensors")
    write_json(folder / "training.json", {
        "rows": rows,
        "optimizer": options | {"clip": 1.0},
        "losses": losses,
        "gradient_norms": norms,
    })


def make_peft_prompt(out):
    """The soft prompt of the llama vectors, as PEFT saves it."""
    folder = out / "peft_prompt"
    shutil.rmtree(folder, ignore_errors=True)
    expected = load_file(out / "llama" / "expected.safetensors")
    config = PromptTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=VIRTUAL_TOKENS)
    model = get_peft_model(load(out / "llama"), config)
    with torch.no_grad():
        model.prompt_encoder["default"].embedding.weight.copy_(expected["soft_prompt"])
    model.peft_config["default"].base_model_name_or_path = "llama"
    model.save_pretrained(folder)
    (folder / "README.md").unlink()

    ids = json.loads((out / "llama" / "expected.json").read_text())
    text = torch.tensor([ids["question_ids"] + ids["rationale_ids"]])
    read = PeftModel.from_pretrained(load(out / "llama"), folder).eval()
    with torch.no_grad():
        logits = read(input_ids=text).logits[0, VIRTUAL_TOKENS:]
    torch.testing.assert_close(logits, expected["prompted.logits"], atol=1e-5, rtol=0)


def make_checkpoint(out, name, spec, seed):
    folder = out / name
    shutil.rmtree(folder, ignore_errors=True)
    generator = torch.Generator().manual_seed(seed)
    save_checkpoint(folder, spec, generator)
    prompt = 0.25 * torch.randn(VIRTUAL_TOKENS, spec["config"].hidden_size, generator=generator)
    write_expected(folder, spec, load(folder), prompt, generator)
    if spec.get("training"):
        write_training(folder, load(folder), generator)


def main():
    out, names = Path(sys.argv[1]), sys.argv[2:]
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    specs = checkpoints()
    for seed, (name, spec) in enumerate(specs.items()):
        if not names or name in names:
            make_checkpoint(out, name, spec, seed)
    if not names or "peft_prompt" in names:
        make_peft_prompt(out)
    if not names or "tokenizers" in names:
        make_tokenizers(out, write_json)


if __name__ == "__main__":
    main()
