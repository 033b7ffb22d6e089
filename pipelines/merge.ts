/**
 * `dpc merge`: joins the run directories of all shards into one run.
 *
 * @module
 */
import { Args, Command, Options } from "@effect/cli";
import { Effect } from "effect";
import { about } from "./cli/about.ts";
import { showRun } from "./cli/finished_run.ts";
import * as Output from "./cli/output.ts";
import { merge } from "../lib/run/mod.ts";

/** The command. */
export const command = Command.make(
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
  [["The parts of an array job", "npx dpc merge --into runs/whole runs/part-*"]],
)));
