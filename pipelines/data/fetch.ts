/**
 * `dpc fetch`: downloads the public datasets from their authors' repositories into data/cache, with size and SHA-256 checked.
 *
 * @module
 */
import { Args } from "@effect/cli";
import { FetchHttpClient } from "@effect/platform";
import { Console, Effect, Layer } from "effect";
import { program } from "../cli/command.ts";
import { directory } from "../cli/options.ts";
import { download, SOURCES } from "../../lib/task/mod.ts";

const TASKS = [...new Set(SOURCES.map(({ task }) => task))];

/** A redirect could lead away from https. */
const http = FetchHttpClient.layer.pipe(
  Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "error" })),
);

/** The command. */
export const command = program({
  name: "fetch",
  about:
    "Downloads the public datasets from their authors' repositories; continues where it stopped.",
  examples: { "GSM8K alone": "npx dpc fetch gsm8k" },
  options: {
    tasks: Args.choice(TASKS.map((task) => [task, task] as const), { name: "task" }).pipe(
      Args.withDescription(`Which datasets: ${TASKS.join(", ")}. Default: all`),
      Args.repeated,
    ),
    to: directory("Folder to put them in", "data/cache"),
  },
}, function* ({ tasks, to }) {
  for (const source of SOURCES) {
    if (tasks.length > 0 && !tasks.includes(source.task)) continue;
    const outcome = yield* Effect.provide(download(source, to), http);
    yield* Console.log(
      `${to}/${source.file}: ${outcome}, ${source.bytes} bytes, SHA-256 as expected`,
    );
  }
});
