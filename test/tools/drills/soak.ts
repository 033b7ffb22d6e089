/**
 * Evaluates many examples in one process and prints its memory on the way:
 * `node --expose-gc --import tsx test/tools/drills/soak.ts [--examples 50000] [--rows 20]`.
 *
 * @module
 */
import { NodeContext } from "@effect/platform-node";
import { FileSystem } from "@effect/platform";
import { Effect, Stream } from "effect";
import process from "node:process";
import { parseArgs } from "node:util";
import { Trigger } from "../../../lib/dpc/mod.ts";
import { Arm, localEvaluator } from "../../../lib/arm/mod.ts";
import { Model, openModel } from "../../../lib/stage/mod.ts";
import { Progress } from "../../../lib/terminal/mod.ts";
import { runEvaluation } from "../../../lib/run/mod.ts";
import { examples, wordProblems } from "../../../lib/task/mod.ts";
import { childrenOf, residentOf } from "../../reliability/processes.ts";
import { tinyDataset, tinyModel, tinyPrompt } from "../../fixtures.ts";

const { values } = parseArgs({
  options: {
    examples: { type: "string", default: "50000" },
    rows: { type: "string", default: "20" },
  },
});
const total = Number(values.examples);
const every = Math.ceil(total / Number(values.rows));

/** First answers without and with the prompt, and answers with saliency under a corrupted one. */
const ARMS = [
  Arm.make({ name: "pt" }),
  Arm.make({ name: "untriggered", trigger: Trigger.always }),
];

/** A line of the table: what lives after a collection, and what this process and its worker hold. */
const show = (done: number, seconds: number) => {
  (globalThis as { readonly gc?: () => void }).gc?.();
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  const worker = childrenOf(process.pid).reduce((sum, pid) => sum + residentOf(pid), 0);
  const mebibytes = [heapUsed, external, arrayBuffers, rss, worker]
    .map((n) => (n / 2 ** 20).toFixed(1));
  console.log(`| ${[done, seconds.toFixed(0), ...mebibytes].join(" | ")} |`);
};

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const folder = yield* fs.makeTempDirectoryScoped();
  yield* tinyModel(`${folder}/model`);
  yield* tinyDataset(`${folder}/data.jsonl`, total);
  const model = yield* openModel({ directory: `${folder}/model`, workers: 1, threads: 1 });
  console.log(
    "| examples | seconds | heap MiB | external MiB | buffers MiB | RSS MiB | worker's RSS MiB |",
  );
  console.log("|---|---|---|---|---|---|---|");
  const begun = performance.now();
  let done = 0;
  const prompt = tinyPrompt(2, 0, "p");
  const counting: Progress.Output = {
    write: () => Effect.void,
    isTerminal: false,
    color: false,
    columns: Effect.succeed(80),
    interval: 1000,
  };
  yield* runEvaluation({
    directory: `${folder}/run`,
    config: {},
    about: {},
    task: wordProblems,
    tokenize: { maxNewTokens: 2 },
    examples: Stream.tap(
      examples(wordProblems, { path: `${folder}/data.jsonl` }),
      () =>
        Effect.sync(() => {
          // the examples are read twice: once to count them
          done += 1;
          const begunOnes = done - total;
          if (begunOnes >= 0 && begunOnes % every === 0) {
            show(begunOnes, (performance.now() - begun) / 1000);
          }
        }),
    ),
    prompts: ["p"],
  }).pipe(
    Effect.provide(localEvaluator(wordProblems, [{ prompt, arms: ARMS }])),
    Effect.provideService(Model, model),
    Effect.provideService(Progress.ProgressOutput, counting),
  );
  show(total, (performance.now() - begun) / 1000);
});

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
