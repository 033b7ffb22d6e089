/**
 * Feeds each reader with hostile inputs: `node --import tsx test/reliability/fuzz_readers.ts [--inputs 100000] [--seed N] [--readers NAMES]`.
 * The suite does the same with few.
 *
 * @module
 */
import { NodeContext } from "@effect/platform-node";
import { Effect } from "effect";
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";
import { readers } from "./readers.ts";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    readers: { type: "string", default: "" },
  },
});
const wanted = values.readers.split(",");
const options = { inputs: Number(values.inputs), seed: Number(values.seed) };

const program = Effect.gen(function* () {
  for (const reader of yield* readers) {
    if (!wanted.some((part) => reader.name.includes(part))) continue;
    const begun = performance.now();
    const { read, refused, slowest, memory, findings } = yield* fuzz(reader, options);
    console.log(
      `${reader.name}: ${read + refused} inputs, ${read} read, ${refused} refused, slowest ` +
        `${slowest.toFixed(2)} s, memory ${(memory / 2 ** 20).toFixed(0)} MiB, ` +
        `${((performance.now() - begun) / 1000).toFixed(0)} s, ${findings.length} findings`,
    );
    for (const finding of findings) console.log(finding);
  }
});

await Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
