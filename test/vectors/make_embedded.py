"""Makes embedded.json: what Hugging Face transformers answers with the embedded model, read as any checkpoint is.

Run in the project's root: python test/vectors/make_embedded.py (transformers 5.24.0, torch 2.13.0, float32, greedy).
"""

import json

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

QUESTIONS = 40

tokenizer = AutoTokenizer.from_pretrained("data/model")
model = AutoModelForCausalLM.from_pretrained("data/model", dtype=torch.float32).eval()

answers = []
with open("data/benchmark/dev.jsonl") as rows:
    questions = [json.loads(row)["question"] for row in list(rows)[:QUESTIONS]]
for question in questions:
    ids = tokenizer(f"{question}\n", return_tensors="pt")
    generated = model.generate(**ids, do_sample=False, max_new_tokens=96)
    answer = generated[0, ids["input_ids"].shape[1] :]
    answers.append(
        {
            "ids": ids["input_ids"][0].tolist(),
            "answer": tokenizer.decode(answer, skip_special_tokens=True),
        }
    )

with open("test/vectors/embedded.json", "w") as file:
    json.dump(answers, file)
    file.write("\n")
