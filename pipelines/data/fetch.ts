/**
 * `dpc fetch`: downloads the public datasets from their authors' repositories into data/cache, with size and SHA-256 checked.
 *
 * @module
 */
import { Args, Command, Options } from "@effect/cli";
import { FetchHttpClient } from "@effect/platform";
import { Console, Effect, Layer } from "effect";
import { describe } from "../cli/output.ts";
import { download, SOURCES } from "../../lib/task/mod.ts";

const TASKS = [...new Set(SOURCES.map(({ task }) => task))];

const tasks = Args.choice(TASKS.map((task) => [task, task] as const), { name: "task" }).pipe(
  Args.withDescription(`Which datasets: ${TASKS.join(", ")}. Default: all`),
  Args.repeated,
);

const to = Options.directory("to").pipe(
  Options.withDescription("Folder to put them in"),
  Options.withDefault("data/cache"),
);

/** A redirect could lead away from https. */
const http = FetchHttpClient.layer.pipe(
  Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "error" })),
);

/** The command. */
export const command = Command.make("fetch", { tasks, to }, (given) =>
  Effect.forEach(
    SOURCES.filter(({ task }) => given.tasks.length === 0 || given.tasks.includes(task)),
    (source) =>
      Effect.flatMap(download(source, given.to), (outcome) =>
        Console.log(
          `${given.to}/${source.file}: ${outcome}, ${source.bytes} bytes, SHA-256 as expected`,
        )),
    { discard: true },
  )).pipe(
    Command.withDescription(describe(
      "Downloads the public datasets from their authors' repositories; continues where it stopped.",
      [["GSM8K alone", "npx dpc fetch gsm8k"]],
    )),
    Command.provide(http),
  );
