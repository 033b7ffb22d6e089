/**
 * A process that writes a journal, for the tests that kill it:
 * `journal_child.ts fill DIRECTORY TOTAL` records what is missing of TOTAL examples;
 * `journal_child.ts contend DIRECTORY ROUNDS` takes and leaves the directory ROUNDS times.
 *
 * @module
 */
import { writeSync } from "node:fs";
import { argv, exit, pid } from "node:process";
import { FileSystem, Path } from "@effect/platform";
import { NodeContext } from "@effect/platform-node";
import { Effect } from "effect";
import * as Journal from "../../lib/run/journal.ts"; // not the door: children start often, and need no model
import { Schema } from "../../lib/schema/mod.ts";

const schema = Schema.Struct({ id: Schema.String, text: Schema.String });
const [, , mode, directory = "", count = "0"] = argv;
const config = { count };

/** Writes at once, so that the parent sees it however this process ends. */
const say = (word: string) => Effect.sync(() => writeSync(1, `${word}\n`));

const fill = Effect.gen(function* () {
  const journal = yield* Journal.open(directory, { config, schema });
  yield* say("open");
  for (let at = 0; at < Number(count); at++) {
    const id = `t/${at}`;
    // Lines of unequal length, up to several blocks of a disk.
    const text = "é".repeat((at * 7919) % 5000);
    if (!journal.finished.has(id)) yield* journal.append({ id, text });
  }
  yield* journal.writeAtomic("results.json", `{"n":${journal.finished.size}}\n`);
  yield* say("done");
}).pipe(Effect.scoped);

const contend = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const path = yield* Path.Path;
  for (let round = 0; round < Number(count);) {
    const turn = Effect.gen(function* () {
      const journal = yield* Journal.open(directory, { config, schema });
      const marker = path.join(directory, "inside");
      yield* fs.writeFileString(marker, "", { flag: "wx" });
      yield* journal.append({ id: `${pid}/${round}`, text: "" });
      yield* fs.remove(marker);
    });
    const taken = yield* turn.pipe(
      Effect.scoped,
      Effect.as(true),
      Effect.catchTag("RunLocked", () => Effect.as(Effect.sleep(5), false)),
    );
    if (taken) round += 1;
  }
});

const program: Effect.Effect<void, Error, NodeContext.NodeContext> = mode === "fill"
  ? fill
  : contend;
await Effect.runPromise(
  program.pipe(
    Effect.catchAll((error) => Effect.zipRight(say(error.message), Effect.sync(() => exit(1)))),
    Effect.provide(NodeContext.layer),
  ),
);
