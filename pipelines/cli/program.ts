/**
 * How every program runs: the platform's services, one line for a failure, exit code 1, and 2 for a wrong command line; on Ctrl-C or
 * SIGTERM an orderly end within seconds.
 *
 * @module
 */
import { type CliApp, ValidationError } from "@effect/cli";
import * as NodeContext from "@effect/platform-node/NodeContext";
import * as NodeRuntime from "@effect/platform-node/NodeRuntime";
import { Cause, type Console, Effect, Exit } from "effect";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";
import { messageOf } from "./hints.ts";

/** A failure that a person can read. */
interface Failure {
  readonly message: string;
}

/** Signals that end a program in order. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Milliseconds for an orderly end: a run of a graph that is under way cannot be interrupted, and may take longer. */
const GRACE = 4000;

/** The signal that ends this program, once it has come. */
let received: typeof SIGNALS[number] | undefined;

/**
 * Runs a program's command.
 *
 * @param run the command made ready by `Command.run`
 */
export function main(
  run: (
    argv: readonly string[],
  ) => Effect.Effect<
    void,
    Failure | ValidationError.ValidationError,
    NodeContext.NodeContext | CliApp.CliApp.Environment
  >,
): void {
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      received ??= signal;
      setTimeout(die, GRACE, signal).unref();
    });
  }
  run(process.argv).pipe(
    Effect.catchAllCause((cause) =>
      Cause.isInterruptedOnly(cause) ? Effect.interrupt : fail(cause)
    ),
    withoutColor,
    Effect.provide(NodeContext.layer),
    NodeRuntime.runMain({
      disableErrorReporting: true,
      // interrupted without a signal is no success
      teardown: (exit, onExit) =>
        received === undefined ? onExit(Exit.isSuccess(exit) ? 0 : 1) : die(received),
    }),
  );
}

/**
 * Says on Ctrl-C or SIGTERM how to go on.
 *
 * @param directory holds what is finished
 */
export const continues = (directory: string) =>
  whenStopped(`what is finished is kept in '${directory}'; the same command continues it`);

/**
 * Says on Ctrl-C or SIGTERM what became of the work.
 *
 * @param outcome follows "Stopped by SIGINT: "
 */
export const whenStopped = (outcome: string) =>
  Effect.onInterrupt(() =>
    Effect.sync(() => {
      process.stderr.write(`Stopped by ${received ?? "SIGINT"}: ${outcome}\n`);
    })
  );

/** Ends by the signal's own means, which waits for no thread and tells the shell why. */
function die(signal: typeof SIGNALS[number]): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Keeps escape sequences from what is no terminal, and from all where NO_COLOR is set (no-color.org): help has them. */
function withoutColor<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
  const { stdout, stderr, env } = process;
  const print = (stream: { readonly isTTY?: boolean }, write: Console.Console["log"]) =>
    stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb"
      ? write
      : (...parts: readonly unknown[]) =>
        write(
          ...parts.map((part) => typeof part === "string" ? stripVTControlCharacters(part) : part),
        );
  return Effect.consoleWith((console) =>
    Effect.withConsole(effect, {
      ...console,
      log: print(stdout, console.log),
      error: print(stderr, console.error),
    })
  );
}

/** A message in one line; what a file says of itself must not steer the terminal. */
const printable = (message: string): string =>
  message.replace(/\s*\n\s*/g, " ").replace(/[\p{Cc}\p{Bidi_Control}]/gu, "\uFFFD");

/** Prints one line and sets the exit code; the command line's own errors are printed by the CLI library. */
function fail(cause: Cause.Cause<Failure | ValidationError.ValidationError>): Effect.Effect<void> {
  const error = Cause.squash(cause);
  return Effect.sync(() => {
    if (ValidationError.isValidationError(error)) {
      process.exitCode = 2;
      return;
    }
    process.stderr.write(`${printable(messageOf(error))}\n`);
    process.exitCode = 1;
  });
}
