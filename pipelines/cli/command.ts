/**
 * How a program says what it is: one definition with its description, examples, options and what it does.
 *
 * @module
 */
import { Command, HelpDoc, Span } from "@effect/cli";
import { Effect, type Scope, type Utils } from "effect";
import type { Given, OptionTable } from "./options.ts";
import type { Environment, Failure, ProgramCommand } from "./program.ts";

/** What a program says of itself. */
export interface Definition<T extends OptionTable> {
  readonly name: string;
  /** What it does, for its help. */
  readonly about: string;
  /** Command lines by what they do. */
  readonly examples: Readonly<Record<string, string>>;
  readonly options: T;
}

/** The command of a program, which runs in a scope of its own. */
export function program<T extends OptionTable>(
  { name, about, examples, options }: Definition<T>,
  run: (args: Given<T>) => Generator<
    Utils.YieldWrap<Effect.Effect<unknown, Failure, Environment | Scope.Scope>>,
    unknown,
    never
  >,
): ProgramCommand {
  const config = Object.fromEntries(
    Object.entries(options).map(([key, option]) =>
      [key, typeof option === "function" ? option(nameOf(key)) : option] as const
    ),
  );
  const examplesHelp = Object.entries(examples).flatMap(([purpose, line]) => [
    HelpDoc.p(`${purpose}:`),
    HelpDoc.p(Span.code(`  ${line}`)),
  ]);
  return Command.make(
    name,
    config,
    (args) => Effect.scoped(Effect.gen(() => run(args as Given<T>))),
  ).pipe(Command.withDescription(
    HelpDoc.blocks([HelpDoc.p(about), HelpDoc.p("Examples:"), ...examplesHelp]),
  ));
}

const nameOf = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
