/**
 * The options that say where a queue is. Its password is never printed, and need not stand on a command line.
 *
 * @module
 */
import { Options } from "@effect/cli";
import { Config, Effect, Option, Redacted } from "effect";
import process from "node:process";
import { kind } from "./options.ts";
import { parseAddress, QueueError } from "../../lib/queue/mod.ts";
import { readBytes } from "../../lib/schema/files.ts";

/** Environment variable of the password. */
const PASSWORD = "DPC_QUEUE_PASSWORD";
/** Environment variable of a file of certificates. */
const CA = "DPC_QUEUE_CA";

/** Environment variable of what coordinator and workers share, which never stands on a command line, and of a file that holds it. */
const SECRET = "DPC_QUEUE_SECRET";
const SECRET_FILE = "DPC_QUEUE_SECRET_FILE";

const queueKind = kind(
  (name) => Options.withFallbackConfig(Options.redacted(name), Config.redacted("DPC_QUEUE")),
  "URL",
);
const ABOUT =
  "Server that shares a run out to workers: Redis or Valkey, redis://[USER@]HOST:PORT/DATABASE or rediss:// for TLS (also DPC_QUEUE; " +
  `the password may be in ${PASSWORD}, a file of certificates to trust in ${CA}, what coordinator and workers share to ` +
  `sign by in ${SECRET} or the file ${SECRET_FILE})`;

/** `--queue`: a Redis or Valkey server, here or in the environment. */
export const queue = queueKind(ABOUT);

/** {@linkcode queue} where there must be one. */
export const requiredQueue = queueKind.required(ABOUT);

/** Reads the address, with password, certificates and secret of the environment where there are any. */
export function addressOf(url: Redacted.Redacted<string>) {
  return Effect.gen(function* () {
    const password = yield* Config.option(Config.redacted(PASSWORD));
    return yield* parseAddress(url, {
      password: Option.getOrUndefined(password),
      ca: yield* textOf(CA),
      secret: yield* secret,
    });
  });
}

/** The text of the file that a variable of the environment names, if it does. */
const textOf = (variable: string) =>
  Effect.gen(function* () {
    const file = yield* Config.option(Config.string(variable));
    const bytes = yield* Effect.transposeMapOption(file, (path) => readBytes(path));
    return Option.getOrUndefined(Option.map(bytes, (each) => new TextDecoder().decode(each)));
  });

const secret = Effect.gen(function* () {
  const given = Option.getOrUndefined(yield* Config.option(Config.redacted(SECRET)));
  const kept = yield* textOf(SECRET_FILE);
  if (given !== undefined && kept !== undefined) {
    const reason = `Cannot use both ${SECRET} and ${SECRET_FILE}: set one of them`;
    return yield* new QueueError({ reason });
  }
  return given ?? (kept === undefined ? undefined : Redacted.make(kept.trim()));
});

/** Tells people what goes on, beside the progress. */
export const log = (message: string): void => void process.stderr.write(`${message}\n`);
