/**
 * What the snapshot runs: every program on small inputs, as data.
 *
 * @module
 */
import { call, type Group } from "./invocation.ts";
import { REFUSALS } from "./refusals.ts";

const ONE = "--workers 1 --threads 1 --quiet";
const EVERY_ARM = "base,pt,act,selfConsistency,random,untriggered,dpc,dpc:affectedRatio," +
  "dpc:affectedRatioOwn,dpc:lateFlow,dpc:lateFlowMaximum,dpc:accumulationShare," +
  "dpc:lowestConfidence,dpc:meanConfidence,dpc+moreConfident,dpc+selfConsistency," +
  "untriggered+moreConfident,random+selfConsistency";
const OWN = "--task jsonl --data mine.jsonl --fields question=problem,answer=solution,id=name";
const CHOICES = "--task jsonl --data choices.jsonl --extractor choice --strata area " +
  "--fields question=ask.text,answer=key,options=ask.choices";
const CHAT = `--model chat --max-new-tokens 8 ${ONE}`;
const TUNE = "--threads 1 --quiet --steps 3 --batch 2 --virtual-tokens 4 --limit 8";
const STUDY = "--model tiny --tasks word-problems --data data/benchmark --out study " +
  "--virtual-tokens 4 --steps 2 --batch 2 --seeds 0,1 --tune-examples 10 --calibrate-examples 6 " +
  `--act 1 --samples 2 --limit 6 --max-new-tokens 8 ${ONE}`;
const PRETRAIN = "--layers 2 --hidden-size 32 --heads 2 --intermediate-size 48 --batch 4 " +
  "--tokens 48 --steps 4 --warmup 1 --shards 2 --workers 1 --quiet";

/** All commands, but those of developers. */
export const COMMANDS: readonly string[] = [
  ...["evaluate", "tune", "calibrate", "ablate", "word-problems", "pretrain", "fetch"],
  ...["rescore", "grade", "report", "analyze", "bench", "compare", "reproduce", "merge", "worker"],
];

/** Everything, the longest groups first; `full` is the run of all 1000 problems that `npm start` makes. */
export const GROUPS: readonly Group[] = [
  {
    name: "tasks",
    invocations: [
      call("tune", "tune", `--model chat --task gsm8k --out p ${TUNE} --held-out 2`),
      call("tune-again", "tune", `--model chat --task gsm8k --out p ${TUNE} --held-out 2`),
      call("calibrate", "calibrate", `--task gsm8k --split train --limit 9 --prompt p ${CHAT}`),
      call("gsm8k", "evaluate", `--task gsm8k --prompt p --run g ${CHAT} --format lm-eval`),
      call("few-shot", "evaluate", `--task gsm8k --arms base --template few-shot-cot ${CHAT}`),
      call(
        "shots",
        "evaluate",
        `--task gsm8k --arms base --shots 2 --seed 5 --run shots --format lm-eval ${CHAT}`,
      ),
      call("chat", "evaluate", `--task gsm8k --prompt p --arms base,pt --chat --run c ${CHAT}`),
      call("math", "evaluate", `--task math --prompt p --arms base,dpc --run m ${CHAT}`),
      call("aqua", "evaluate", `--task aqua --arms base --template zero-shot-cot-2 ${CHAT} --json`),
      call("svamp", "evaluate", `--task svamp --prompt p --arms pt,untriggered --run s ${CHAT}`),
      call("multiarith", "evaluate", `--task multiarith --arms base --run ma ${CHAT}`),
      call(
        "q8",
        "evaluate",
        `--task gsm8k --prompt p --arms pt,dpc --quantize q8 --run q8 ${CHAT}`,
      ),
      call(
        "q4",
        "evaluate",
        `--task gsm8k --prompt p --arms pt,dpc --quantize q4 --run q4 ${CHAT}`,
      ),
    ],
  },
  {
    name: "arms",
    invocations: [
      call(
        "every",
        "evaluate",
        `--limit 10 --arms ${EVERY_ARM} --run r --workers 1 --threads 1 --format lm-eval`,
      ),
      call("again", "evaluate", `--limit 10 --arms ${EVERY_ARM} --run r ${ONE}`),
      call("other-configuration", "evaluate", `--limit 11 --arms pt --run r ${ONE}`),
      call("report", "report", "r"),
      call("recompute", "report", "r --recompute"),
      call("against", "report", "r --against random"),
      call("against-unknown", "report", "r --against nobody"),
      call("analyze", "analyze", "r"),
      call("rescore", "rescore", "r --extractor math"),
      call("rescore-json", "rescore", "r --extractor text --to t --json"),
      call("rescore-other", "rescore", "r --data bare.jsonl --to u"),
      call("compare", "compare", "r r-rescored t"),
      call("compare-json", "compare", "t r --json"),
    ],
  },
  {
    name: "prompts",
    invocations: [
      call("json", "evaluate", `--limit 6 --gamma 0.2 --seed 3 --json ${ONE}`),
      call(
        "seeds",
        "evaluate",
        `--prompt-seeds all --limit 6 --arms base,pt,act,dpc,dpc:affectedRatio --run s ${ONE}`,
      ),
      call("against", "report", "s --against dpc"),
      call("analyze", "analyze", "s"),
      call(
        "two",
        "evaluate",
        "--prompt data/prompts/seed1 --prompt data/prompts/seed4 --limit 8 --shuffle 3 " +
          "--arms pt,dpc,selfConsistency --samples 3 --sample-temperature 1.1 --run two " +
          "--workers 2 --threads 1 --slots 4 --quiet",
      ),
      call("compare", "compare", "s two"),
    ],
  },
  {
    name: "shards",
    invocations: [
      call("one", "evaluate", `--limit 12 --arms base,pt,dpc --shard 1/2 --run one ${ONE}`),
      call("early", "merge", "--into early one"),
      call("two", "evaluate", `--limit 12 --arms base,pt,dpc --shard 2/2 --run two ${ONE}`),
      call("twice", "merge", "--into twice one one"),
      call("merge", "merge", "--into whole one two"),
      call("merge-json", "merge", "--into json two one --json"),
      call("same", "evaluate", `--limit 12 --arms base,pt,dpc --run same ${ONE}`),
      call("compare", "compare", "whole same"),
      call("wrong-shard", "evaluate", `--limit 12 --shard 3/2 --run three ${ONE}`),
    ],
  },
  {
    name: "own",
    invocations: [
      call("bad-row", "evaluate", `${OWN} --template plain --arms base,pt --run bad ${ONE}`),
      call(
        "fields",
        "evaluate",
        `${OWN} --strata about.kind --template plain --arms base,pt,dpc --skip-bad --run f ${ONE}`,
      ),
      call(
        "ids",
        "evaluate",
        `${OWN} --ids own-3,own-1 --template plain --skip-bad --arms pt --run ids ${ONE}`,
      ),
      call("unknown-id", "evaluate", `${OWN} --ids own-99 --skip-bad --run no ${ONE}`),
      call(
        "gsm8k",
        "evaluate",
        `--task gsm8k --data data/benchmark/test.jsonl --template plain --limit 8 --run g ${ONE}`,
      ),
      call("choices", "evaluate", `${CHOICES} --arms base --run c --format lm-eval ${CHAT}`),
      call("rescore", "rescore", "c --extractor text --json"),
      call("bare", "evaluate", `--task jsonl --data bare.jsonl --arms base --run b ${CHAT}`),
      call("failing", "evaluate", `--data long.jsonl --arms base,pt --run e ${ONE}`),
      call("max-errors", "evaluate", `--data long.jsonl --max-errors 0 --run e2 ${ONE}`),
    ],
  },
  {
    name: "ablate",
    invocations: [
      call("grid", "ablate", `--limit 6 --run g ${ONE}`),
      call(
        "axes",
        "ablate",
        "--limit 4 --run axes --triggers affectedRatio,random(0.5),meanConfidence " +
          "--corruptions accumulated,topK,attentionMask --gammas 0,0.3 --ks 1,3 --rhos 0.1,0.5 " +
          `--acceptances second,moreConfident,selfConsistency --rounds 1,2 --samples 2 ${ONE}`,
      ),
      call("table2", "ablate", `--table2 --limit 6 --run t ${ONE}`),
      call("unknown", "ablate", `--limit 6 --triggers sometimes --run u ${ONE}`),
      call("number", "ablate", `--limit 6 --gammas 0.1,much --run n ${ONE}`),
    ],
  },
  {
    name: "tune",
    invocations: [
      call("tune", "tune", `--out p --where kind=clean ${TUNE}`),
      call("finished", "tune", `--out p --where kind=clean ${TUNE}`),
      call("changed", "tune", `--out p --where kind=clean ${TUNE} --lr 0.5`),
      call("random", "tune", `--out q --init random --seed 3 --most-tokens 90 ${TUNE}`),
      call(
        "text",
        "tune",
        `--model tiny ${OWN} --skip-bad --template plain --out t --init text --init-text Add ${TUNE}`,
      ),
      call("uncalibrated", "evaluate", `--prompt p --arms base,dpc --limit 4 --run r ${ONE}`),
      call(
        "calibrate",
        "calibrate",
        `--prompt p --limit 20 --act 2 --act-code 2 --contrast 2 ${ONE}`,
      ),
      call(
        "json",
        "calibrate",
        `--prompt q --limit 9 --gamma 0.3 --shallow 0-2 --deep 4-7 --json ${ONE}`,
      ),
      call("test-split", "calibrate", `--prompt p --split test --limit 9 ${ONE}`),
      call("evaluate", "evaluate", `--prompt p --prompt q --arms pt,dpc --limit 6 --run s ${ONE}`),
    ],
  },
  {
    name: "train",
    invocations: [
      call("pretrain", "pretrain", `--out a ${PRETRAIN}`),
      call("finished", "pretrain", `--out a ${PRETRAIN}`),
      call("further", "pretrain", `--out b --from a --dtype F32 ${PRETRAIN}`),
      call("text", "pretrain", `--data text.txt --tokenizer chat --out c ${PRETRAIN}`),
      call("no-tokenizer", "pretrain", `--data text.txt --out d ${PRETRAIN}`),
      call(
        "evaluate",
        "evaluate",
        `--model a --arms base --limit 3 --max-new-tokens 8 --run r ${ONE}`,
      ),
      call("bench", "bench", "--rows decode1 --model tiny --repeat 1 --tokens 4 --threads 1"),
      call("bench-unknown", "bench", "--rows nothing"),
      call("word-problems", "word-problems", "--seed 7 --out drawn"),
      call("package", "npm", "run --silent prepack"),
    ],
  },
  {
    name: "reproduce",
    invocations: [
      call("plan", "reproduce", `${STUDY} --plan`),
      call("study", "reproduce", STUDY),
      call("again", "reproduce", STUDY),
      call("tables", "reproduce", "--model tiny --tasks word-problems --out study --tables"),
      call("no-models", "reproduce", ""),
      call("no-train", "reproduce", "--model tiny --tasks math"),
    ],
  },
  {
    name: "queue",
    invocations: [
      call("run", "evaluate", "--limit 8 --arms base,pt,dpc --run r --queue {redis} --quiet", {
        worker: `--queue {redis} --workers 1 --threads 1 --batch 4`,
      }),
      call(
        "two",
        "evaluate",
        "--task gsm8k --model tiny --arms base --max-new-tokens 4 --run s --queue {redis} --quiet",
        {
          worker: `--queue {redis} --model tiny --workers 1 --threads 1`,
        },
      ),
      call("nobody", "worker", "--queue redis://127.0.0.1:1/0 --wait 1"),
      call("address", "worker", "--queue http://127.0.0.1:1/0"),
      call("none", "worker", ""),
    ],
  },
  REFUSALS,
  {
    name: "help",
    invocations: [
      ...COMMANDS.map((command) => call(command, command, "--help")),
      call("version", "evaluate", "--version"),
      call("completions", "evaluate", "--completions bash"),
    ],
  },
  {
    name: "full",
    onRequest: true,
    invocations: [call("default", "evaluate", "--run run --quiet")],
  },
];
