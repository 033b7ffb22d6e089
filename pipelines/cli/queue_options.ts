/**
 * The options that say where a queue is. Its password is never printed, and need not stand on a command line.
 *
 * @module
 */
import { Options } from "@effect/cli";
import { Config, Effect, Option, type Redacted } from "effect";
import process from "node:process";
import { kind } from "./options.ts";
import { parseAddress } from "../../lib/queue/mod.ts";
import { readBytes } from "../../lib/schema/files.ts";

/** Environment variable of the password. */
const PASSWORD = "DPC_QUEUE_PASSWORD";
/** Environment variable of a file of certificates. */
const CA = "DPC_QUEUE_CA";

const queueKind = kind((name) =>
  Options.withFallbackConfig(Options.redacted(name), Config.redacted("DPC_QUEUE"))
);
const ABOUT =
  "Redis or Valkey server, redis://[USER@]HOST:PORT/DATABASE or rediss:// for TLS (also DPC_QUEUE; " +
  `the password may be in ${PASSWORD}, a file of certificates to trust in ${CA})`;

/** `--queue`: a Redis or Valkey server, here or in the environment. */
export const queue = queueKind(ABOUT);

/** {@linkcode queue} where there must be one. */
export const requiredQueue = queueKind.required(ABOUT);

/** Reads the address, with password and certificates of the environment where there are any. */
export function addressOf(url: Redacted.Redacted<string>) {
  return Effect.gen(function* () {
    const password = yield* Config.option(Config.redacted(PASSWORD));
    const file = yield* Config.option(Config.string(CA));
    const ca = yield* Effect.transposeMapOption(file, (path) => readBytes(path));
    return yield* parseAddress(url, {
      password: Option.getOrUndefined(password),
      ca: Option.getOrUndefined(Option.map(ca, (bytes) => new TextDecoder().decode(bytes))),
    });
  });
}

/** Tells people what goes on, beside the progress. */
export const log = (message: string): void => void process.stderr.write(`${message}\n`);
