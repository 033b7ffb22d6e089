/**
 * `deno doc` over the public modules.
 *
 * Types of foreign packages stay outside: the linter would take each for a private type of ours, and lint @effect/schema too.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { foreignSpecifiers, publicModules, ROOT } from "./public_modules.ts";

const OUTSIDE = "data:application/javascript,export default 0";

/** What `deno doc --json` says of a symbol, as far as it is asked here. */
interface Declaration {
  readonly kind: string;
  readonly location: { readonly filename: string };
  readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
}
/** What `deno doc --json` prints. */
export interface Documentation {
  readonly nodes: Readonly<
    Record<
      string,
      { readonly symbols: readonly { name: string; declarations: readonly Declaration[] }[] }
    >
  >;
}

/** Runs `deno doc` over the public modules. */
export async function denoDoc(option: "--lint" | "--json") {
  const folder = mkdtempSync(join(tmpdir(), "deno-doc-"));
  try {
    const importMap = join(folder, "import_map.json");
    const imports = Object.fromEntries(foreignSpecifiers().map((name) => [name, OUTSIDE]));
    writeFileSync(importMap, JSON.stringify({ imports }));
    return await promisify(execFile)(
      join(ROOT, "node_modules/.bin/deno"),
      ["doc", "--quiet", option, "--import-map", importMap, ...publicModules()],
      { cwd: ROOT, env: { ...process.env, NO_COLOR: "1" }, maxBuffer: 2 ** 28 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
