/**
 * Kills an evaluation of 300 examples by SIGKILL at random moments and compares each continued run with an uninterrupted one:
 * `node --import tsx test/reliability/kill_evaluation.ts --kills 200 [--examples 300] [--seed N] [--program FILE]`. The suite does the same
 * with few kills; FILE may be what the program was compiled to, as most of the time goes into starting it.
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { killEvaluation, type Kills } from "./kills.ts";
import { EVALUATE } from "./world.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    examples: { type: "string", default: "300" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
    program: { type: "string", default: EVALUATE },
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
    program: resolve(values.program),
    report: (counts) => console.error(lineOf(counts)),
  });
  console.log(lineOf(made));
});

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
