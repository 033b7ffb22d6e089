/**
 * `dpc COMMAND`: loads the command that is asked for and runs it; help and a wrong name need none.
 *
 * @module
 */
import process from "node:process";
import { COMMANDS } from "./commands.ts";

/** Options of `dpc` itself that the command-line library answers: they need every command. */
const OF_ALL = ["--completions", "--version", "--wizard"];

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
    process.stderr.write(`${unknown(name)}\n`);
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

/** One line on a name that is not in the table. */
function unknown(name: string): string {
  const nearest = Object.keys(COMMANDS)
    .map((command) => ({ command, edits: distance(command, name) }))
    .reduce((best, each) => each.edits < best.edits ? each : best);
  const way = nearest.edits <= Math.max(2, name.length / 2)
    ? `did you mean '${nearest.command}'?`
    : "'dpc --help' lists the commands";
  return `There is no command ${JSON.stringify(name)}: ${way}`;
}

/** Fewest insertions, deletions and substitutions of characters that turn one word into another (Levenshtein 1966). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (const [i, character] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= to.length; j++) {
      const substituted = row[j - 1]! + (character === to[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
