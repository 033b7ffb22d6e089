/**
 * Command lines that are refused: each a message, and an exit code other than 0.
 *
 * @module
 */
import { call, type Group } from "./invocation.ts";

const ONE = "--workers 1 --threads 1 --quiet";

/** One for each reason that people meet. */
export const REFUSALS: Group = {
  name: "refusals",
  invocations: [
    call("unknown-option", "evaluate", "--nonsense 3"),
    call("bad-count", "evaluate", "--limit 0"),
    call("no-number", "evaluate", "--gamma much"),
    call("unknown-arm", "evaluate", `--arms base,nobody --run r ${ONE}`),
    call("unknown-trigger", "evaluate", `--arms dpc:nothing --run r ${ONE}`),
    call("unknown-acceptance", "evaluate", `--arms dpc+nothing --run r ${ONE}`),
    call("no-other-answer", "evaluate", `--arms pt+moreConfident --run r ${ONE}`),
    call("unknown-task", "evaluate", `--task nothing --run r ${ONE}`),
    call("unknown-template", "evaluate", `--template few-shot-cot --run r ${ONE}`),
    call(
      "unknown-field",
      "evaluate",
      `--task jsonl --data mine.jsonl --fields what=problem ${ONE}`,
    ),
    call("no-data", "evaluate", `--data nowhere.jsonl --run r ${ONE}`),
    call("no-cache", "evaluate", `--task aqua --data nowhere --run r ${ONE}`),
    call("unknown-split", "evaluate", `--split other --run r ${ONE}`),
    call("bad-json", "evaluate", `--task jsonl --data bad.jsonl --template plain --run r ${ONE}`),
    call("no-model", "evaluate", `--model nowhere --run r ${ONE}`),
    call("no-prompt", "evaluate", `--prompt nowhere --run r ${ONE}`),
    call("prompt-of-other", "evaluate", `--model tiny --prompt data/prompts/seed0 --run r ${ONE}`),
    call("no-chat", "evaluate", `--chat --run r ${ONE}`),
    call("bad-quantize", "evaluate", "--quantize q2"),
    call("analyze", "analyze", "nowhere"),
    call("report", "report", "nowhere"),
    call("rescore", "rescore", "nowhere"),
    call("compare", "compare", "nowhere"),
    call("merge", "merge", "--into whole nowhere"),
    call("tune", "tune", `--task jsonl --data bare.jsonl --out p --steps 3 --quiet`),
    call("tune-no-out", "tune", "--steps 3"),
    call("calibrate", "calibrate", `--prompt nowhere --limit 3 ${ONE}`),
    call("pretrain", "pretrain", "--out a --layers 0"),
    call("word-problems", "word-problems", "--seed 7"),
    call("fetch", "fetch", "gsm8k --to empty", { offline: true }),
    call("fetch-unknown", "fetch", "nothing"),
  ],
};
