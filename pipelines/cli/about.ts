/**
 * What is recorded of a session and not compared when it is continued.
 *
 * @module
 */
import { Command } from "@effect/platform";
import { Effect } from "effect";
import { arch, cpus, platform, release, totalmem } from "node:os";
import process from "node:process";
import packageJson from "../../package.json" with { type: "json" };

/** Command, versions, git revision and machine, with what the caller adds. */
export function about(more: Readonly<Record<string, unknown>>) {
  return Effect.gen(function* () {
    const revision = yield* Command.string(Command.make("git", "rev-parse", "HEAD")).pipe(
      Effect.map((text) => text.trim()),
      Effect.orElseSucceed(() => ""),
    );
    return {
      time: new Date().toISOString(),
      command: commandLine(process.argv.slice(2)),
      version: packageJson.version,
      revision: revision === "" ? null : revision,
      dependencies: packageJson.dependencies,
      runtime: process.versions,
      machine: {
        platform: `${platform()} ${release()} ${arch()}`,
        processor: cpus()[0]?.model ?? "unknown",
        cores: cpus().length,
        memory: totalmem(),
      },
      ...more,
    };
  });
}

/** The command as a shell reads it, without the user and password of an address, such as that of a queue. */
export const commandLine = (args: readonly string[]): string =>
  ["dpc", ...args.map((arg) => arg.replace(/(\w:\/\/)[^/\s]*@/, "$1...@"))].map(quoted).join(" ");

const quoted = (arg: string): string =>
  /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
