/**
 * What a program leaves on the screen: options for it, help with examples, and a report's address.
 *
 * @module
 */
import { HelpDoc, Options, Span } from "@effect/cli";
import { Command, Path } from "@effect/platform";
import { Effect } from "effect";
import { platform } from "node:os";
import { pathToFileURL } from "node:url";

/** `--json`. */
export const json = Options.boolean("json").pipe(
  Options.withDescription("Print the results as JSON on stdout instead of tables"),
);

/** `--open`. */
export const open = Options.boolean("open").pipe(
  Options.withDescription("Open the report in the browser; its address is printed either way"),
);

/** An example of a command line: what it does, and the line. */
export type Example = readonly [purpose: string, line: string];

/** A program's description with examples. */
export function describe(text: string, examples: readonly Example[]): HelpDoc.HelpDoc {
  const lines = examples.map(([purpose, line]) =>
    HelpDoc.blocks([
      HelpDoc.p(`${purpose}:`),
      HelpDoc.p(Span.code(`  ${line}`)),
    ])
  );
  return HelpDoc.blocks([HelpDoc.p(text), HelpDoc.p("Examples:"), ...lines]);
}

/** Programs that open a file as a person would by clicking on it. */
const OPENERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

/**
 * The address of a report.
 *
 * @param file the report
 * @param opened whether a browser is to show it; where none can, the address must do
 */
export function showReport(file: string, opened: boolean) {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const { href } = pathToFileURL(path.resolve(file));
    if (opened) {
      const [program, ...rest] = OPENERS[platform()] ?? ["xdg-open"];
      yield* Effect.ignore(Command.exitCode(Command.make(program, ...rest, href)));
    }
    return href;
  });
}
