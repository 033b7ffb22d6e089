/**
 * `dpc COMMAND`: loads the command that is asked for and runs it; help and a wrong name need none.
 *
 * @module
 */
import process from "node:process";
import { watchOutput } from "./cli/output.ts";
import { COMMANDS } from "./commands.ts";

/** Options of `dpc` itself that the command-line library answers: they need every command. */
const OF_ALL = ["--completions", "--version", "--wizard"];

watchOutput();
await start(process.argv.slice(2));

/** Loads the command that the arguments name and runs it; the table alone costs nothing to load. */
async function start(args: readonly string[]): Promise<void> {
  const [name = "--help"] = args;
  if (["--help", "-h", "help"].includes(name)) return void process.stdout.write(help());
  const rows = OF_ALL.includes(name)
    ? Object.values(COMMANDS)
    : Object.hasOwn(COMMANDS, name)
    ? [COMMANDS[name]!]
    : [];
  const [first, ...rest] = await Promise.all(
    rows.map(({ load }) => load().then(({ command }) => command)),
  );
  if (first === undefined) {
    const { UnknownName } = await import("../lib/registry/mod.ts");
    const known = Object.keys(COMMANDS);
    process.stderr.write(`${new UnknownName({ kind: "command", name, known }).message}\n`);
    process.exitCode = 2;
    return;
  }
  const { main } = await import("./cli/program.ts");
  main([first, ...rest], args);
}

function help(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const rows = Object.entries(COMMANDS).map(([name, { description }]) =>
    `  ${name.padEnd(width)}  ${description}\n`
  );
  return `Dynamic Prompt Corruption over ONNX Runtime\n\nUSAGE\n\n$ dpc COMMAND [options]\n\nCOMMANDS\n\n${
    rows.join("")
  }\n'dpc COMMAND --help' describes a command.\n`;
}
