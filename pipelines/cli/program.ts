/**
 * How every program runs: the platform's services, one line for a failure, exit code 1, and 2 for a wrong command line; on Ctrl-C or
 * SIGTERM an orderly end within seconds.
 *
 * @module
 */
import { type CliApp, Command, ValidationError } from "@effect/cli";
import * as NodeContext from "@effect/platform-node/NodeContext";
import * as NodeRuntime from "@effect/platform-node/NodeRuntime";
import { Cause, Console, Effect, Exit, Logger } from "effect";
import process from "node:process";
import { stripVTControlCharacters } from "node:util";
import packageJson from "../../package.json" with { type: "json" };
import { messageOf } from "./hints.ts";
import { lostOutput, onLostOutput } from "./output.ts";

/** A failure that a person can read. */
export interface Failure {
  readonly message: string;
}

/** Signals that end a program in order. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Milliseconds for an orderly end: a run of a graph that is under way cannot be interrupted, and may take longer. */
const GRACE = 4000;

/** The signal that ends this program, once it has come. */
let received: typeof SIGNALS[number] | undefined;

/** What the library logs is a line for the user, beside the results. */
const WARNINGS = Logger.withConsoleError(
  Logger.make<unknown, string>(({ message }) => [message].flat().join(" ")),
);

/** A command as a program exports it, whatever its name and arguments. */
// deno-lint-ignore no-explicit-any
export type ProgramCommand = Command.Command<any, Environment, Failure, any>;

/** A command with its help. */
export interface Program {
  readonly command: ProgramCommand;
  /** The text of its help; with `all`, every option and its details. */
  readonly help: (all: boolean) => string;
  /** What is wrong with its arguments, as far as that can be seen before values are read. */
  readonly mistake: (args: readonly string[]) => string | undefined;
}

/** What a command may ask for. */
export type Environment = NodeContext.NodeContext | CliApp.CliApp.Environment;

/** What asks for help; the one that tells more first. */
const HELP = ["--help-all", "--help", "-h"] as const;

/** Commands to choose from; more than one are needed for completions alone. */
type Commands = readonly [Program, ...Program[]];

/**
 * Runs the command that the arguments name, as this process; a signal ends it in order.
 *
 * @param args its name and what follows it
 */
export function main(commands: Commands, args: readonly string[]): void {
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      received ??= signal;
      setTimeout(die, GRACE, signal).unref();
    });
  }
  execute(commands, args).pipe(
    Effect.raceFirst(outputLost),
    Effect.tap((code) => Effect.sync(() => process.exitCode = lostOutput() ?? code)),
    Effect.provide(NodeContext.layer),
    NodeRuntime.runMain({
      disableErrorReporting: true,
      // interrupted without a signal is no success
      teardown: (exit, onExit) =>
        received === undefined ? onExit(Exit.isSuccess(exit) ? 0 : 1) : die(received),
    }),
  );
}

/** Succeeds with the exit code once output is lost, so that the command is interrupted and releases what it holds. */
const outputLost = Effect.async<number>((resume) =>
  onLostOutput((code) => {
    setTimeout(() => process.exit(code), GRACE).unref();
    resume(Effect.succeed(code));
  })
);

/**
 * The same within a program; all that it prints goes to the console.
 *
 * @returns the exit code
 */
export function execute(
  commands: Commands,
  args: readonly string[],
): Effect.Effect<number, never, NodeContext.NodeContext> {
  const asked = HELP.find((option) => args.includes(option));
  const [first] = commands;
  if (asked !== undefined && commands.length === 1) {
    return Effect.as(Console.log(first.help(asked === "--help-all").trimEnd()), 0);
  }
  const mistake = commands.length === 1 ? first.mistake(args) : undefined;
  if (mistake !== undefined) return Effect.as(Console.error(mistake + npmsWay()), 2);
  const subcommands = commands.map(({ command }) => command) as [ProgramCommand];
  const run = Command.run(Command.make("dpc").pipe(Command.withSubcommands(subcommands)), {
    name: "dpc",
    version: packageJson.version,
  });
  return run([...process.argv.slice(0, 2), ...args]).pipe(
    Effect.provide(Logger.replace(Logger.defaultLogger, WARNINGS)),
    Effect.as(0),
    Effect.catchAllCause((cause) =>
      Cause.isInterruptedOnly(cause) ? Effect.interrupt : fail(cause)
    ),
    withHelp,
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
      if (lostOutput() !== undefined) return;
      process.stderr.write(`Stopped by ${received ?? "SIGINT"}: ${outcome}\n`);
    })
  );

/** Ends by the signal's own means, which waits for no thread and tells the shell why. */
function die(signal: typeof SIGNALS[number]): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/**
 * Prints help as a person types the command, and without escape sequences to anything but a terminal or where NO_COLOR is set
 * (no-color.org).
 */
function withHelp<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
  const { stdout, stderr, env } = process;
  const print =
    (stream: { readonly isTTY?: boolean }, write: Console.Console["log"]) =>
    (...parts: readonly unknown[]) => {
      const colored = stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
      return write(...parts.map((part) => {
        if (typeof part !== "string") return part;
        return (colored ? part : stripVTControlCharacters(part)).trimEnd();
      }));
    };
  return Effect.consoleWith((console) =>
    Effect.withConsole(effect, {
      ...console,
      log: print(stdout, console.log),
      error: print(stderr, console.error),
    })
  );
}

/** A message in one line, and a line for each part of a list; what a file says of itself must not steer the terminal. */
const printable = (message: string): string =>
  message.replace(/\s*\n(?! {2}\S)\s*/g, " ").replace(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu, "\uFFFD");

/** For `npm start --limit 5`, of which npm takes the option for itself. */
const npmsWay = (): string =>
  process.env["npm_lifecycle_event"] === "start"
    ? "; npm keeps options for itself unless they stand behind --, as in npm start -- --limit 5"
    : "";

/** Prints one line and gives the exit code; the command line's own errors have been printed by the CLI library. */
function fail(
  cause: Cause.Cause<Failure | ValidationError.ValidationError>,
): Effect.Effect<number> {
  const error = Cause.squash(cause);
  return ValidationError.isValidationError(error)
    ? Effect.succeed(2)
    : Effect.as(Console.error(printable(messageOf(error))), 1);
}
