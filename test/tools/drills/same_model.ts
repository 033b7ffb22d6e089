/**
 * Whether two checkpoints are one model, such as a GGUF file and transformers' conversion of it: the same config, the same bits of every
 * weight and the same token ids of a few hundred texts.
 *
 * `npx tsx test/tools/drills/same_model.ts MODEL OTHER`
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import * as NodeRuntime from "@effect/platform-node/NodeRuntime";
import { Console, Effect } from "effect";
import { readFileSync } from "node:fs";
import process from "node:process";
import { Checkpoint } from "../../../lib/model/mod.ts";
import { load } from "../../../lib/tokenizer/mod.ts";

/** Texts of odd and of plain signs. */
const TEXTS: readonly string[] = JSON.parse(
  readFileSync(new URL("../../vectors/tokenizers/texts.json", import.meta.url), "utf8"),
);

const open = (model: string) =>
  Effect.gen(function* () {
    const checkpoint = yield* Checkpoint.open(model);
    return { checkpoint, tokenizer: yield* load(checkpoint.directory) };
  });

const program = Effect.gen(function* () {
  const [one, other] = yield* Effect.all([open(process.argv[2]!), open(process.argv[3]!)]);
  const fields = Object.entries(one.checkpoint.config).filter(([key, value]) =>
    JSON.stringify(value) !==
      JSON.stringify(other.checkpoint.config[key as keyof typeof other.checkpoint.config])
  );
  yield* Console.log(`fields of the config that differ: ${JSON.stringify(fields)}`);
  const names = [...one.checkpoint.tensors.keys()];
  const differing = yield* Effect.filter(names, (name) =>
    Effect.gen(function* () {
      const [a, b] = yield* Effect.all([
        Checkpoint.tensor(one.checkpoint, name),
        Checkpoint.tensor(other.checkpoint, name),
      ]);
      return Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) !== 0;
    }));
  yield* Console.log(`tensors that differ: ${differing.length} of ${names.length} ${differing}`);
  const texts = TEXTS.filter((text) =>
    one.tokenizer.encode(text).join() !== other.tokenizer.encode(text).join()
  );
  yield* Console.log(
    `texts read otherwise: ${texts.length} of ${TEXTS.length} ${JSON.stringify(texts)}`,
  );
  if (fields.length + differing.length + texts.length > 0) process.exitCode = 1;
});

NodeRuntime.runMain(Effect.provide(program, NodeContext.layer));
