/**
 * A program for quiet_work_test.ts: generates, measures saliency and runs a session of its own now and then, for so many seconds.
 *
 * @module
 */
import { NodeContext } from "@effect/platform-node";
import { Effect } from "effect";
import { argv } from "node:process";
import { openModel } from "../../lib/stage/mod.ts";
import { NO_PREFIX } from "../../lib/model/mod.ts";
import { sum } from "./sum.ts";

const seconds = Number(argv[2]);

const program = Effect.gen(function* () {
  const { engine, tokenizer } = yield* openModel({
    directory: "data/model",
    workers: 1,
    threads: 1,
  });
  const questionIds = tokenizer.encode("Tom has 3 apples. Tom buys 4 apples. How many in the end?");
  const end = performance.now() + 1000 * seconds;
  let rounds = 0;
  for (; performance.now() < end; rounds++) {
    yield* sum([rounds, 1]);
    const generation = yield* engine.generate({
      prefix: NO_PREFIX,
      ids: questionIds,
      maxNewTokens: 8,
      stop: [],
    });
    yield* engine.saliency({ prefix: NO_PREFIX, questionIds, rationaleIds: generation.ids });
    yield* Effect.sleep(1000);
  }
  console.log(`rounds: ${rounds}`);
});
await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
