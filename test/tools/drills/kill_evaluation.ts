/**
 * Kills an evaluation of 300 examples by SIGKILL at random moments and compares each continued run with an uninterrupted one:
 * `node --import tsx test/tools/drills/kill_evaluation.ts --kills 200 [--examples 300] [--seed N]`. The suite does the same
 * with few kills.
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { parseArgs } from "node:util";
import { killEvaluation, type Kills } from "../../reliability/kills.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    examples: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
  },
});
const [kills, examples, seed] = [values.kills, values.examples, values.seed].map(Number) as [
  number,
  number,
  number,
];

const lineOf = ({ before, during, after, completed }: Kills) =>
  `${
    before + during + after
  } kills (seed ${seed}): ${before} before the first example, ${during} between ` +
  `the first and the last, ${after} after the last; ${completed} runs completed, each equal to the uninterrupted one`;

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const folder = yield* fs.makeTempDirectoryScoped();
  const made = yield* killEvaluation(folder, {
    kills,
    examples,
    seed,
    report: (counts) => console.error(lineOf(counts)),
  });
  console.log(lineOf(made));
});

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
