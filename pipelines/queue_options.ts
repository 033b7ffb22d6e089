/**
 * The options that say where a queue is. Its password is never printed, and need not stand on a command line.
 *
 * @module
 */
import { Options } from "@effect/cli";
import { Config, Effect, Option, type Redacted } from "effect";
import process from "node:process";
import { parseAddress } from "../lib/queue/mod.ts";

/** Environment variable of the password. */
const PASSWORD = "DPC_QUEUE_PASSWORD";

/** `--queue`: a Redis or Valkey server, here or in the environment. */
export const queue = Options.redacted("queue").pipe(
  Options.withFallbackConfig(Config.redacted("DPC_QUEUE")),
  Options.withDescription(
    "Redis or Valkey server, redis://[USER@]HOST:PORT/DATABASE or rediss:// for TLS (also DPC_QUEUE; " +
      `the password may be in ${PASSWORD})`,
  ),
);

/** Reads the address, with the password of the environment where there is one. */
export function addressOf(url: Redacted.Redacted<string>) {
  return Effect.gen(function* () {
    const password = yield* Config.option(Config.redacted(PASSWORD));
    return yield* parseAddress(url, Option.getOrUndefined(password));
  });
}

/** Tells people what goes on, beside the progress. */
export const notice = (message: string): void => void process.stderr.write(`${message}\n`);
