/**
 * Damages each file of the cache in turn (truncated, zeroed, missing, a flipped bit, empty) and evaluates: the run must end as before or be
 * refused in one line. `node test/start.mjs tools/drills/damaged_caches.ts [--model data/model] [--limit 8]`. The suite does the same with
 * the weights alone (test/model/weights/cache_test.ts).
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { env, exit } from "node:process";
import { parseArgs } from "node:util";
import { DAMAGES as DAMAGED } from "../../damages.ts";
import { dpc, run } from "../../programs.ts";
import { resultOf } from "../../queue/run_directory.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "data/model" },
    limit: { type: "string", default: "8" },
  },
});

const DAMAGES: typeof DAMAGED = { ...DAMAGED, empty: () => new Uint8Array(0) };

/** What keeps copies of its own. */
const WAYS = [[], ["--quantize", "q8"], ["--quantize", "q4"], ["--quantize", "int8"]] as const;

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const folder = yield* fs.makeTempDirectoryScoped();
  const cache = `${folder}/cache`;
  env["DPC_CACHE"] = cache;
  const evaluate = (directory: string, way: readonly string[]) =>
    run(dpc(
      ...["evaluate", "--model", values.model, "--limit", values.limit, "--arms", "base,pt"],
      ...["--workers", "1", "--threads", "1", "--quiet", "--run", directory, ...way],
    ));
  let faults = 0;
  for (const [number, way] of WAYS.entries()) {
    const whole = `${folder}/whole-${number}`;
    const made = yield* evaluate(whole, way);
    if (made.code !== 0) {
      console.log(`${way.join(" ")} is not run here: ${made.errors.trim()}`);
      continue;
    }
    const expected = resultOf(whole);
    const files = (yield* fs.readDirectory(cache, { recursive: true })).sort();
    for (const name of files) {
      const file = `${cache}/${name}`;
      if ((yield* fs.stat(file)).type !== "File") continue;
      const content = yield* fs.readFile(file);
      for (const [damage, change] of Object.entries(DAMAGES)) {
        const damaged = change(content);
        // as a disk would: no time of change of the file is kept
        if (damaged === undefined) yield* fs.remove(file);
        else yield* fs.writeFile(file, damaged);
        const directory = `${folder}/run`;
        const { code, errors } = yield* evaluate(directory, way);
        const { samples, results } = code === 0
          ? resultOf(directory)
          : { samples: "", results: "" };
        const equal = samples === expected.samples && results === expected.results;
        const refused = code === 1 && /^[^\n]+\n$/.test(errors);
        const outcome = equal ? "equal" : refused ? `refused: ${errors.trim()}` : "FAULT";
        if (!equal && !refused) faults += 1;
        console.log(`${way.join(" ") || "as it is"}, ${name} ${damage}: ${outcome}`);
        if (outcome === "FAULT") console.log(`exit ${code}: ${errors}`);
        yield* fs.remove(directory, { recursive: true, force: true });
        yield* fs.writeFile(file, content);
      }
    }
  }
  console.log(`${faults} faults`);
  return faults;
});

exit(
  await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer))) === 0
    ? 0
    : 1,
);
