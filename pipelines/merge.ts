/**
 * `npm run merge`: joins the run directories of all shards into one run.
 *
 * @module
 */
import { Args, Command, Options } from "@effect/cli";
import { Effect } from "effect";
import { about } from "./cli/about.ts";
import { showRun } from "./cli/finished_run.ts";
import * as Output from "./cli/output.ts";
import { main } from "./cli/program.ts";
import { merge } from "../lib/run/mod.ts";

const mergeCommand = Command.make(
  "merge",
  {
    directories: Args.directory({ name: "shard", exists: "yes" }).pipe(
      Args.atLeast(1),
      Args.withDescription("Run directories of all shards"),
    ),
    into: Options.directory("into").pipe(Options.withDescription("Run directory to write")),
    json: Output.json,
    open: Output.open,
  },
  ({ directories, into, ...shown }) =>
    Effect.gen(function* () {
      const summary = yield* merge(into, directories, {
        about: yield* about({ merged: directories }),
      });
      yield* showRun({ directory: into, summary }, shown);
    }),
).pipe(Command.withDescription(Output.describe(
  "Joins the run directories of all shards into the run that one machine would have made.",
  [["The parts of an array job", "npm run merge -- --into runs/whole runs/part-*"]],
)));

main(Command.run(mergeCommand, { name: "npm run merge --", version: "0.1.0" }));
