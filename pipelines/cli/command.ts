/**
 * How a program says what it is: one definition with its description, examples, options and what it does.
 *
 * @module
 */
import { Command } from "@effect/cli";
import { Effect, type Scope, type Utils } from "effect";
import type { Given, OptionTable } from "./options.ts";
import type { Environment, Failure, Program } from "./program.ts";
import { type Definition, nameOf } from "./usage/definition.ts";
import { helpOf } from "./usage/help.ts";
import { mistakeIn } from "./usage/mistakes.ts";

/** The command of a program, which runs in a scope of its own. */
export function program<T extends OptionTable>(
  definition: Definition<T>,
  run: (args: Given<T>) => Generator<
    Utils.YieldWrap<Effect.Effect<unknown, Failure, Environment | Scope.Scope>>,
    unknown,
    never
  >,
): Program {
  const { options } = definition;
  const config = Object.fromEntries(
    Object.entries(options).map(([key, option]) =>
      [key, typeof option === "function" ? option(nameOf(key)) : option] as const
    ),
  );
  const command = Command.make(
    definition.name,
    config,
    (args) => Effect.scoped(Effect.gen(() => run(args as Given<T>))),
  ).pipe(Command.withDescription(definition.about));
  return {
    command,
    help: (all) => helpOf(definition, all),
    mistake: (args) => mistakeIn(definition, args),
  };
}
