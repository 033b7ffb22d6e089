/**
 * What reads the tokenizers and chat templates of ./structure.ts: as users have them read, or many at a time.
 *
 * Users' way hands each over to a thread and back, eleven times for a tokenizer, which takes far longer than the work where processors are
 * busy. So most inputs are read in one thread, by the functions that the library's threads call, and some in both ways.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Data, Effect, Either } from "effect";
import { PCGRandom } from "effect/Utils";
import process from "node:process";
import { guard } from "../../../lib/runtime/guard.ts";
import { inChat } from "../../../lib/task/mod.ts";
import { load } from "../../../lib/tokenizer/mod.ts";
import { fuzz, type Fuzzed, type FuzzOptions } from "./fuzz.ts";
import type { Reader } from "./readers.ts";
import {
  type Batch,
  type BatchResult,
  isEndless,
  type Kind,
  makers,
  textsFor,
} from "./structure.ts";

/** A text that was not read, for a reason that must be a line. */
class NotRead extends Data.TaggedError("NotRead")<{ readonly reason: string }> {
  override get message(): string {
    return this.reason;
  }
}

/** As users have them read. */
const readers: Readonly<Record<Kind, Reader>> = {
  tokenizer: {
    name: "structure of tokenizer.json",
    seeds: [],
    make: makers.tokenizer,
    read: (input, folder) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        yield* Effect.orDie(fs.writeFile(`${folder}/tokenizer.json`, input));
        const { encode, decode } = yield* load(folder);
        yield* Effect.try({
          try: () => textsFor(new PCGRandom(input.length)).forEach((text) => decode(encode(text))),
          catch: (error) => new NotRead({ reason: String(error) }),
        });
      }),
  },
  template: {
    name: "structure of a chat template",
    seeds: [],
    make: makers.template,
    read: (input) => {
      const template = new TextDecoder().decode(input);
      const chat = inChat({ template, bosToken: "<s>", eosToken: "" }, { system: "Answer." });
      return Either.flatMap(
        chat,
        (write) => write({ prefix: "", text: "How many?", addSpecialTokens: true }),
      );
    },
  },
};

/** Inputs of a batch, and which of them are read in both ways: one in so many, and those that never end. */
const [BATCH, BOTH] = [100, 50];

const thread = guard<Batch, BatchResult>(new URL("./structure_worker.ts", import.meta.url), {
  seconds: 60,
  heap: 1024,
});

/** Feeds a reader as {@linkcode fuzz} does. */
function fuzzStructure(kind: Kind, { seed, inputs, from = 0 }: FuzzOptions) {
  return Effect.gen(function* () {
    let [read, slowest, memory] = [0, 0, 0];
    const findings: string[] = [];
    const singly = (first: number, count: number) =>
      Effect.map(fuzz(readers[kind], { seed, from: first, inputs: count }), (fuzzed) => {
        findings.push(...fuzzed.findings);
        slowest = Math.max(slowest, fuzzed.slowest);
        return fuzzed.read;
      });
    for (let first = from; first < from + inputs; first += BATCH) {
      const count = Math.min(BATCH, from + inputs - first);
      const result = yield* Effect.option(
        Effect.try(() => thread.call({ kind, seed, from: first, inputs: count })),
      );
      if (result._tag === "None") {
        // one of them can't be read without a limit: which, the single ways say
        read += yield* singly(first, count);
      } else {
        read += result.value.read;
        slowest = Math.max(slowest, result.value.slowest);
        for (let at = first; at < first + count; at++) {
          if (at % BOTH !== 0 && !isEndless(makers[kind](new PCGRandom(seed, at)))) continue;
          const one = yield* singly(at, 1);
          if (at % BOTH !== 0) read += one;
        }
      }
      memory = Math.max(memory, process.memoryUsage.rss());
    }
    return { read, refused: inputs - read, slowest, memory, findings } satisfies Fuzzed;
  });
}

/** Readers whose inputs are made by structure. */
export const structureReaders = (["tokenizer", "template"] as const).map((kind) => ({
  name: readers[kind].name,
  fuzz: (options: FuzzOptions) => fuzzStructure(kind, options),
}));
