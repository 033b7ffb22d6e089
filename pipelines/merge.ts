/**
 * `dpc merge`: joins the run directories of all shards into one run.
 *
 * @module
 */
import { Args } from "@effect/cli";
import { about } from "./cli/about.ts";
import { program } from "./cli/command.ts";
import { json, open, showRun } from "./cli/finished_run.ts";
import { directory, flag } from "./cli/options.ts";
import { merge } from "../lib/run/mod.ts";

/** The command. */
export const command = program({
  name: "merge",
  about: "Joins the run directories of all shards into the run that one machine would have made.",
  examples: { "The parts of an array job": "npx dpc merge --into runs/whole runs/part-*" },
  options: {
    directories: Args.directory({ name: "shard", exists: "yes" }).pipe(
      Args.atLeast(1),
      Args.withDescription("Run directories of all shards"),
    ),
    into: directory.required("Run directory to write"),
    mixedDevices: flag(
      "Merge parts of unlike devices too: their answers may differ where two tokens are nearly as likely",
    ),
    json,
    open,
  },
}, function* ({ directories, into, mixedDevices, ...shown }) {
  const session = yield* about({ merged: directories });
  const summary = yield* merge(into, directories, { about: session, mixedDevices });
  yield* showRun({ directory: into, summary }, shown);
});
