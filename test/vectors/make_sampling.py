"""Makes sampling.json: next-token distributions after transformers' logits processors, in the order in which generate() applies them.

Run as `python make_sampling.py OUT_DIR` with torch and transformers 5.24.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import (
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

VOCABULARY = 12

# temperature, top-k, top-p, repetition penalty, ids before
CASES = [
    (1.0, None, 1.0, 1.3, [1, 4, 4, 7]),
    (0.7, 5, 1.0, 1.0, []),
    (1.5, None, 0.8, 1.0, []),
    (0.7, 6, 0.9, 1.2, [0, 3, 11]),
    (1.3, 3, 0.5, 0.8, [2, 5, 6]),
    (1.0, 1, 1.0, 2.0, [8]),
    (2.0, 20, 0.95, 1.1, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
    (0.5, None, 0.01, 1.0, []),
]


def distribution(logits, temperature, top_k, top_p, penalty, before):
    scores = logits[None].clone()
    if penalty != 1.0:
        scores = RepetitionPenaltyLogitsProcessor(penalty)(torch.tensor([before]), scores)
    if temperature != 1.0:
        scores = TemperatureLogitsWarper(temperature)(None, scores)
    if top_k is not None:
        scores = TopKLogitsWarper(top_k)(None, scores)
    if top_p < 1.0:
        scores = TopPLogitsWarper(top_p)(None, scores)
    return torch.softmax(scores.double(), -1)[0].tolist()


def main():
    torch.manual_seed(0)
    cases = []
    for temperature, top_k, top_p, penalty, before in CASES:
        logits = (torch.randn(VOCABULARY) * 2).float()
        cases.append({
            "logits": logits.tolist(),
            "temperature": temperature,
            "topK": top_k,
            "topP": top_p,
            "repetitionPenalty": penalty,
            "before": before,
            "probabilities": distribution(logits, temperature, top_k, top_p, penalty, before),
        })
    out = {"transformers": transformers.__version__, "cases": cases}
    (Path(sys.argv[1]) / "sampling.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
