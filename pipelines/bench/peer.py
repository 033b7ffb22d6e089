"""The same work in PyTorch and Hugging Face transformers, for `dpc bench --python PATH`.

Reads one JSON request a line, {"work": name, ...}, does the work once, and answers with {"seconds": s, "count": tokens or texts}.
Written as a practitioner would: batched, `generate` with its cache, eager attention only where attention maps are needed.
"""

import json
import sys
import time

import torch
from torch.nn.functional import cross_entropy
from transformers import AutoConfig, AutoModelForCausalLM, logging

logging.set_verbosity_error()
models = {}


def model_of(directory, attention="sdpa"):
    key = (directory, attention)
    if key not in models:
        models[key] = AutoModelForCausalLM.from_pretrained(
            directory, dtype=torch.float32, attn_implementation=attention
        ).eval()
        models[key].requires_grad_(False)
    return models[key]


def decode(directory, ids, tokens, **_):
    model = model_of(directory)
    x = torch.tensor(ids)
    with torch.inference_mode():
        out = model.generate(
            x, attention_mask=torch.ones_like(x), max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False,
            pad_token_id=0,
        )
    return out.numel() - x.numel()


def flow(model, embeds, mask, labels, n):
    """|sum over heads of A (.) dL/dA| of every layer; L is the mean over each row's labels, -100 for none."""
    embeds.requires_grad_(True)
    out = model(inputs_embeds=embeds, attention_mask=mask, output_attentions=True)
    each = cross_entropy(out.logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), reduction="none", ignore_index=-100)
    counts = (labels[:, 1:] != -100).sum(1)
    loss = (each.view(len(labels), -1).sum(1) / counts.clamp(min=1)).sum()
    gradients = torch.autograd.grad(loss, out.attentions)
    return [(a * g).sum(1).abs() for a, g in zip(out.attentions, gradients)]


def saliency(directory, ids, question, vectors, **_):
    model = model_of(directory, "eager")
    prompt = torch.tensor(vectors)
    x = torch.tensor([ids])
    n = len(prompt)
    embeds = torch.cat([prompt[None], model.get_input_embeddings()(x)], 1)
    labels = torch.full((1, n + len(ids)), -100)
    labels[0, n + question:] = x[0, question:]
    maps = flow(model, embeds, torch.ones_like(labels), labels, n)
    torch.stack([m[:, n:, :n] for m in maps], 1)
    return 1


def tune(directory, rows, length, virtual, **_):
    from peft import PromptTuningConfig, TaskType, get_peft_model

    key = (directory, "peft")
    if key not in models:
        base = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32)
        tuned = get_peft_model(base, PromptTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=virtual))
        models[key] = (tuned, torch.optim.AdamW([p for p in tuned.parameters() if p.requires_grad], lr=0.01))
    tuned, optimizer = models[key]
    x = torch.randint(5, tuned.config.vocab_size, (rows, length), generator=torch.Generator().manual_seed(0))
    labels = x.clone()
    labels[:, : length // 2] = -100
    optimizer.zero_grad()
    tuned(input_ids=x, labels=labels).loss.backward()
    optimizer.step()
    return rows * length


def train(directory, rows, length, **_):
    key = (directory, "train")
    if key not in models:
        model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(directory), dtype=torch.float32, attn_implementation="eager")
        models[key] = (model, torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95)))
    model, optimizer = models[key]
    x = torch.randint(0, model.config.vocab_size, (rows, length + 1), generator=torch.Generator().manual_seed(0))
    optimizer.zero_grad()
    cross_entropy(model(input_ids=x[:, :-1]).logits.flatten(0, 1), x[:, 1:].flatten()).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return rows * length


def job(directory, texts, vectors, tokens, beta, rho, batch=64, **_):
    """Arms base, pt and dpc over all texts, sorted by length into left-padded batches."""
    model, eager = model_of(directory), model_of(directory, "eager")
    embed = model.get_input_embeddings()
    prompt = torch.tensor(vectors)
    eos = model.generation_config.eos_token_id
    order = sorted(texts, key=len)

    def generate(rows, prompts):
        width = max(len(r) for r in rows)
        x = torch.tensor([[0] * (width - len(r)) + r for r in rows])
        mask = torch.tensor([[0] * (width - len(r)) + [1] * len(r) for r in rows])
        with torch.inference_mode():
            if prompts is None:
                out = model.generate(x, attention_mask=mask, max_new_tokens=tokens, do_sample=False, pad_token_id=0)[:, width:]
            else:
                n = prompts.shape[1]
                # padding goes in front of the soft prompt
                rows_embeds = []
                for r, p in zip(rows, prompts):
                    pad = embed(torch.zeros(width - len(r), dtype=torch.long))
                    rows_embeds.append(torch.cat([pad, p, embed(torch.tensor(r))]))
                mask = torch.tensor([[0] * (width - len(r)) + [1] * (n + len(r)) for r in rows])
                out = model.generate(
                    inputs_embeds=torch.stack(rows_embeds), attention_mask=mask, max_new_tokens=tokens, do_sample=False,
                    pad_token_id=0,
                )
        ends = [(o == eos).nonzero() for o in out]
        return [o[: e[0, 0]].tolist() if len(e) else o.tolist() for o, e in zip(out, ends)]

    count = 0
    for start in range(0, len(order), batch):
        rows = order[start: start + batch]
        generate(rows, None)
        first = generate(rows, prompt.expand(len(rows), -1, -1))
        n = len(prompt)
        whole = [q + a for q, a in zip(rows, first)]
        width = max(len(w) for w in whole)
        x = torch.tensor([w + [0] * (width - len(w)) for w in whole])
        embeds = torch.cat([prompt.expand(len(rows), -1, -1), embed(x)], 1)
        mask = torch.tensor([[1] * (n + len(w)) + [0] * (width - len(w)) for w in whole])
        labels = torch.full((len(rows), n + width), -100)
        for b, (q, w) in enumerate(zip(rows, whole)):
            labels[b, n + len(q): n + len(w)] = torch.tensor(w[len(q):])
        maps = torch.stack([m[:, :, :n] for m in flow(eager, embeds, mask, labels, n)], 1)
        layers = maps.shape[1]
        again, corrupted = [], []
        for b, (q, w) in enumerate(zip(rows, whole)):
            deep = maps[b, layers // 2:, n + len(q): n + len(w)].sum(-1).mean(0)
            late = deep[len(deep) // 2:]
            if len(late) == 0 or (late > beta).float().mean() <= rho:
                continue
            position = maps[b, : layers // 2, n: n + len(w)].sum((0, 1)).argmax()
            p = prompt.clone()
            p[position] = 0
            rest = torch.ones(n, dtype=torch.bool)
            rest[position] = False
            p[rest] = torch.where(p[rest].abs() <= p[rest].abs().quantile(0.1), 0.0, p[rest])
            again.append(q)
            corrupted.append(p)
        if again:
            generate(again, torch.stack(corrupted))
        count += len(rows)
    return count


def main():
    work = {"decode": decode, "saliency": saliency, "tune": tune, "train": train, "job": job}
    for line in sys.stdin:
        request = json.loads(line)
        torch.set_num_threads(request["threads"])
        start = time.perf_counter()
        count = work[request["work"]](**request)
        print(json.dumps({"seconds": time.perf_counter() - start, "count": count}), flush=True)


main()
