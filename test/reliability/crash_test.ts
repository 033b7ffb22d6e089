import { FileSystem } from "@effect/platform";
import { Effect, Stream } from "effect";
import process, { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Arm, localEvaluator } from "../../lib/arm/mod.ts";
import { describeModel, Model, openModel } from "../../lib/stage/mod.ts";
import { Journal, runEvaluation } from "../../lib/run/mod.ts";
import { Progress } from "../../lib/terminal/mod.ts";
import { Sample } from "../../lib/results/mod.ts";
import { readFailures } from "../../lib/run/failures.ts";
import { openEngine } from "../../lib/model/engine/pool.ts";
import { CPU } from "../../lib/runtime/mod.ts";
import { examples, wordProblems } from "../../lib/task/mod.ts";
import { tinyPrompt } from "../fixtures.ts";
import { effectTest } from "../support.ts";
import { childrenOf, commandLineOf } from "./processes.ts";
import { grown, resultOf, startEvaluation, temporaryWorld } from "./world.ts";

const CRASHING = new URL("../model/engine/crashing_worker.ts", import.meta.url);
const EXAMPLES = 40;
/** Place of the example that crashes whatever it runs in. */
const POISON = 17;

test(
  "runEvaluation() records an example that crashes its worker each time as failed, and goes on with the others",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* temporaryWorld(EXAMPLES);
      const directory = `${folder}/model`;
      const deaths = `${folder}/deaths`;
      yield* fs.writeFileString(deaths, "1000");
      const described = yield* describeModel(directory);
      const question = `Tom has ${POISON + 1} apples.`;
      const ids = described.tokenizer.encode(question, { addSpecialTokens: false });
      env["DPC_TEST_DEATHS"] = deaths;
      env["DPC_TEST_CRASH_ON"] = ids.join();
      const placement = { workers: 2, threads: 1, slots: 8 };
      const rows = (name: string) =>
        Effect.map(Stream.runCollect(Journal.rows(`${folder}/${name}`, Sample)), (samples) =>
          [...samples].map((sample) =>
            JSON.stringify(sample).replace(/"milliseconds":\d+/g, "")
          ));
      const run = (name: string, model: typeof Model.Service) =>
        runEvaluation({
          directory: `${folder}/${name}`,
          config: {},
          about: {},
          task: wordProblems,
          tokenize: { maxNewTokens: 5 },
          examples: examples(wordProblems, { path: `${folder}/data.jsonl` }),
          prompts: ["p"],
          maxErrors: 1,
        }).pipe(
          Effect.provide(localEvaluator(wordProblems, [
            { prompt: tinyPrompt(2, 0, "p"), arms: [Arm.make({ name: "pt" })] },
          ])),
          Effect.provideService(Model, model),
          Effect.provide(Progress.layer({ quiet: true })),
        );
      yield* run("whole", yield* openModel({ directory, ...placement }));
      const engine = yield* openEngine({ directory, ...placement }, CRASHING);
      const { failed } = yield* run("crashed", { ...described, engine, placement, device: CPU });
      assert.is(failed, 1);
      const whole = yield* rows("whole");
      assert.is(whole.length, EXAMPLES);
      assert.equal(yield* rows("crashed"), whole.toSpliced(POISON, 1));
      const [failure] = yield* readFailures(`${folder}/crashed`);
      assert.is(failure!.id, `data-${POISON}@p`);
      const death = "Deno" in globalThis ? "it exited with code 3" : "SIGSEGV ended it";
      assert.is(failure!.error, `Cannot go on as the worker 'crashing_worker' died: ${death}`);
      assert.is(1000 - Number(yield* fs.readFileString(deaths)), 4, "tried again three times");
    }), 300),
);

/** Whether a process is a worker of ours. */
const isWorker = (pid: number): boolean => commandLineOf(pid).includes("engine_worker");

if (process.platform === "linux" && !("Deno" in globalThis)) {
  test(
    "evaluate: its worker crashes and is killed, and the result is that of an undisturbed run",
    effectTest(() =>
      Effect.gen(function* () {
        const folder = yield* temporaryWorld(150);
        assert.is((yield* (yield* startEvaluation(folder, "whole")).ended).code, 0);
        const child = yield* startEvaluation(folder, "crashed");
        yield* grown(`${folder}/crashed/samples.jsonl`, 0);
        const killed: number[] = [];
        for (const signal of ["SIGSEGV", "SIGABRT", "SIGKILL"] as const) {
          const worker = yield* Effect.sync(() =>
            childrenOf(child.pid).find((pid) => isWorker(pid) && !killed.includes(pid))
          ).pipe(Effect.delay(5), Effect.repeat({ until: (pid) => pid !== undefined }));
          killed.push(worker!);
          process.kill(worker!, signal);
        }
        const ended = yield* child.ended;
        assert.is(ended.errors, "");
        assert.is(ended.code, 0);
        assert.equal(yield* resultOf(folder, "crashed"), yield* resultOf(folder, "whole"));
      }), 300),
  );
}

test.run();
