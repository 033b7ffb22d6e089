/**
 * The packed package in an empty project, as `npm install` leaves it, without the network: its dependencies are links to ours.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import packageJson from "../../package.json" with { type: "json" };
import { ROOT } from "./public_modules.ts";

const execute = promisify(execFile);

/** TypeScript's settings of a strict user, who also checks the declarations that are installed. */
const TSCONFIG = {
  compilerOptions: {
    target: "ES2023",
    module: "NodeNext",
    types: ["node"],
    strict: true,
    skipLibCheck: false,
  },
  include: ["*.ts"],
};

/** A project that has the package installed. */
export interface Project {
  readonly folder: string;
  /** Compiles all its modules; fails with what the compiler says. */
  readonly compile: () => Promise<void>;
  /** Runs a module under plain Node; gives what it printed. */
  readonly run: (module: string, arguments_: readonly string[]) => Promise<string>;
  readonly remove: () => void;
}

/** Packs the package and makes a project of it. */
export async function makeProject(): Promise<Project> {
  const folder = mkdtempSync(join(tmpdir(), "project-"));
  const installed = join(folder, "node_modules", packageJson.name);
  mkdirSync(installed, { recursive: true });
  const packed = await execute(
    "npm",
    ["run", "--silent", "package", "--", "--silent", "--pack-destination", folder],
    { cwd: ROOT },
  );
  const tarball = packed.stdout.trim().split("\n").at(-1)!;
  await execute("tar", ["-xzf", tarball, "-C", installed, "--strip-components", "1"], {
    cwd: folder,
  });
  for (const name of [...Object.keys(packageJson.dependencies), "@types/node"]) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link);
  }
  symlinkSync(join(installed, "data"), join(folder, "data"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(TSCONFIG));
  return {
    folder,
    compile: async () => {
      await execute(join(ROOT, "node_modules/.bin/tsc"), [], { cwd: folder }).catch((error) => {
        throw new Error(error.stdout);
      });
    },
    run: async (module, arguments_) => {
      const { stdout } = await execute(process.execPath, [module, ...arguments_], {
        cwd: folder,
      });
      return stdout;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
