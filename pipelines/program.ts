/**
 * How every program runs: the platform's services, one line for a failure, exit code 1, and 2 for a wrong command line.
 *
 * @module
 */
import { type CliApp, ValidationError } from "@effect/cli";
import * as NodeContext from "@effect/platform-node/NodeContext";
import * as NodeRuntime from "@effect/platform-node/NodeRuntime";
import { Cause, Effect } from "effect";
import process from "node:process";

/** A failure that a person can read. */
interface Failure {
  readonly message: string;
}

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
  run(process.argv).pipe(
    Effect.catchAllCause((cause) =>
      Cause.isInterruptedOnly(cause) ? Effect.interrupt : fail(cause)
    ),
    Effect.provide(NodeContext.layer),
    NodeRuntime.runMain({ disableErrorReporting: true }),
  );
}

/** Prints one line and sets the exit code; the command line's own errors are printed by the CLI library. */
function fail(cause: Cause.Cause<Failure | ValidationError.ValidationError>): Effect.Effect<void> {
  const error = Cause.squash(cause);
  return Effect.sync(() => {
    if (ValidationError.isValidationError(error)) {
      process.exitCode = 2;
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${message.replace(/\s*\n\s*/g, " ")}\n`);
    process.exitCode = 1;
  });
}
