/**
 * Feeds each reader with hostile inputs:
 * `node test/start.mjs tools/drills/fuzz_readers.ts [--inputs 100000] [--from 0] [--seed N] [--readers NAMES]`. A line is printed for
 * each batch of 10,000, so that `--from` goes on where it was stopped. The suite does the same with few.
 *
 * @module
 */
import "./calls_at_once.ts";
import { NodeContext } from "@effect/platform-node";
import { Effect } from "effect";
import { parseArgs } from "node:util";
import { fuzz, type FuzzOptions } from "../../reliability/fuzz/fuzz.ts";
import { readers } from "../../reliability/fuzz/readers.ts";
import { structureReaders } from "../../reliability/fuzz/structure_readers.ts";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "100000" },
    from: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    readers: { type: "string", default: "" },
  },
});
const wanted = values.readers.split(",");
const [inputs, from, seed] = [Number(values.inputs), Number(values.from), Number(values.seed)];

/** Inputs of a batch. */
const BATCH = 10_000;

const program = Effect.gen(function* () {
  const ofBytes = (yield* readers).map((reader) => ({
    name: reader.name,
    fuzz: (options: FuzzOptions) => fuzz(reader, options),
  }));
  for (const reader of [...structureReaders, ...ofBytes]) {
    if (!wanted.some((part) => reader.name.includes(part))) continue;
    for (let first = from; first < inputs; first += BATCH) {
      const begun = performance.now();
      const batch = { seed, from: first, inputs: Math.min(BATCH, inputs - first) };
      const { read, refused, slowest, memory, findings } = yield* reader.fuzz(batch);
      console.log(
        `${reader.name}: inputs ${first} to ${first + read + refused - 1} of seed ${seed}, ` +
          `${read} read, ${refused} refused, slowest ${slowest.toFixed(2)} s, ` +
          `memory ${(memory / 2 ** 20).toFixed(0)} MiB, ` +
          `${((performance.now() - begun) / 1000).toFixed(0)} s, ${findings.length} findings`,
      );
      for (const finding of findings) console.log(finding);
    }
  }
});

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
