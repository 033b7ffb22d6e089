/**
 * `npm run merge`: joins the run directories of all shards into one run.
 *
 * @module
 */
import { Args, Command, Options } from "@effect/cli";
import { Path } from "@effect/platform";
import { Console, Effect } from "effect";
import { pathToFileURL } from "node:url";
import { about } from "./about.ts";
import { main } from "./program.ts";
import { conclusion, merge, resultsTable } from "../lib/eval/mod.ts";
import { writeReport } from "../lib/report/mod.ts";

const mergeCommand = Command.make(
  "merge",
  {
    directories: Args.directory({ name: "shard", exists: "yes" }).pipe(
      Args.atLeast(1),
      Args.withDescription("Run directories of all shards"),
    ),
    into: Options.directory("into").pipe(Options.withDescription("Run directory to write")),
  },
  ({ directories, into }) =>
    Effect.gen(function* () {
      const path = yield* Path.Path;
      const summary = yield* merge(into, directories, {
        about: yield* about({ merged: directories }),
      });
      const report = pathToFileURL(path.resolve(yield* writeReport(into))).href;
      yield* Console.log(
        `${resultsTable(summary)}\n\n${conclusion(summary)}\nRun: ${into}\nReport: ${report}`,
      );
    }),
).pipe(Command.withDescription(
  "Joins the run directories of all shards: npm run merge -- --into runs/whole runs/shard-*",
));

main(Command.run(mergeCommand, { name: "npm run merge --", version: "0.1.0" }));
