/**
 * Downloads the public datasets from their authors' repositories into data/cache, with size and SHA-256 checked.
 *
 * @module
 */
import { Args, Command, Options, ValidationError } from "@effect/cli";
import { FetchHttpClient } from "@effect/platform";
import { NodeContext, NodeRuntime } from "@effect/platform-node";
import { Console, Effect, Layer } from "effect";
import process from "node:process";
import { download, SOURCES } from "../lib/task/mod.ts";

const TASKS = [...new Set(SOURCES.map(({ task }) => task))];

const tasks = Args.choice(TASKS.map((task) => [task, task] as const), { name: "task" }).pipe(
  Args.withDescription(`Which datasets: ${TASKS.join(", ")}. Default: all`),
  Args.repeated,
);

const to = Options.directory("to").pipe(
  Options.withDescription("Folder to put them in"),
  Options.withDefault("data/cache"),
);

const fetchData = Command.make("fetch_data", { tasks, to }, (given) =>
  Effect.forEach(
    SOURCES.filter(({ task }) => given.tasks.length === 0 || given.tasks.includes(task)),
    (source) =>
      Effect.flatMap(download(source, given.to), (outcome) =>
        Console.log(
          `${given.to}/${source.file}: ${outcome}, ${source.bytes} bytes, SHA-256 as expected`,
        )),
    { discard: true },
  )).pipe(Command.withDescription(
    "Downloads the public datasets from their authors' repositories; continues where it stopped.",
  ));

/** A redirect could lead away from https. */
const http = FetchHttpClient.layer.pipe(
  Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "error" })),
);

/** One line for the user; exit code 2 for a wrong command line, 1 for anything else. */
const report = (error: { readonly message: string } | ValidationError.ValidationError) =>
  Effect.suspend(() => {
    const isUsage = ValidationError.isValidationError(error);
    process.exitCode = isUsage ? 2 : 1;
    // The command line's own errors have been printed with the help.
    return isUsage || !("message" in error) ? Effect.void : Console.error(error.message);
  });

Command.run(fetchData, { name: "fetch_data", version: "0.1.0" })(process.argv).pipe(
  Effect.catchAll(report),
  Effect.provide(Layer.merge(NodeContext.layer, http)),
  NodeRuntime.runMain,
);
