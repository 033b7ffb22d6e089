/**
 * `dpc` in this process: for what it prints and refuses before it works, which a process of its own would start too long for.
 *
 * @module
 */
import { NodeContext } from "@effect/platform-node";
import { Console, Effect } from "effect";
import { format } from "node:util";
import { execute } from "../pipelines/cli/program.ts";
import { COMMANDS } from "../pipelines/commands.ts";
import type { Ended } from "./programs.ts";

/** Runs a command to its end, in the present folder. */
export const dpcHere = (name: string, ...args: readonly string[]): Effect.Effect<Ended> =>
  Effect.gen(function* () {
    const { command } = yield* Effect.promise(COMMANDS[name]!.load);
    let [output, errors] = ["", ""];
    const unsafe = {
      log: (...parts: readonly unknown[]) => void (output += `${format(...parts)}\n`),
      error: (...parts: readonly unknown[]) => void (errors += `${format(...parts)}\n`),
    };
    const present = yield* Console.consoleWith(Effect.succeed);
    const console = {
      ...present,
      log: (...parts: readonly unknown[]) => Effect.sync(() => unsafe.log(...parts)),
      error: (...parts: readonly unknown[]) => Effect.sync(() => unsafe.error(...parts)),
      // what is logged
      unsafe: { ...present.unsafe, ...unsafe },
    };
    const code = yield* Effect.withConsole(
      execute([command], [name, ...args]),
      console as Console.Console,
    );
    return { code, signal: null, output, errors };
  }).pipe(Effect.provide(NodeContext.layer));
