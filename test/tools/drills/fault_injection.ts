/**
 * All faults over 500 problems of the embedded benchmark, with three workers and 20 SIGKILLs:
 * `node --import tsx test/tools/drills/fault_injection.ts [--kills 20] [--limit 500] [--arms base,pt,dpc] [--seed N]`. It takes minutes and
 * all cores, so it is no part of the suite. Needs redis-server.
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { parseArgs } from "node:util";
import { tinyModel } from "../../fixtures.ts";
import { sufferFaults } from "../../queue/faults.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    limit: { type: "string", default: "500" },
    arms: { type: "string", default: "base,pt,dpc" },
    lock: { type: "string", default: "5" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
  },
});

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const folder = yield* fs.makeTempDirectoryScoped();
  yield* tinyModel(`${folder}/other`);
  const start = performance.now();
  yield* sufferFaults({
    folder,
    evaluation: ["--limit", values.limit, "--arms", values.arms],
    model: "data/model",
    otherModel: `${folder}/other`,
    workers: 3,
    kills: Number(values.kills),
    lock: Number(values.lock),
    seed: Number(values.seed),
    report: (line) =>
      console.log(`${((performance.now() - start) / 1000).toFixed(0).padStart(4)} s  ${line}`),
  });
});

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
