/**
 * `deno doc` over all public modules: its linter, and an example for each door.
 *
 * Types of foreign packages stay outside: the linter would take each for a private type of ours, and lint @effect/schema too.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { doors, foreignSpecifiers, publicModules, ROOT } from "./public_modules.ts";

const OUTSIDE = "data:application/javascript,export default 0";

/** What `deno doc --json` says of a symbol, as far as it is asked here. */
interface Declaration {
  readonly kind: string;
  readonly location: { readonly filename: string };
  readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
}
interface Documentation {
  readonly nodes: Readonly<
    Record<
      string,
      { readonly symbols: readonly { name: string; declarations: readonly Declaration[] }[] }
    >
  >;
}

/** Runs `deno doc` over the public modules. */
async function denoDoc(option: "--lint" | "--json") {
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

test("every public symbol is documented, and refers to public types only", async () => {
  const found = await denoDoc("--lint")
    .then(() => "", (error: { readonly stderr: string }) => error.stderr);
  assert.is(found, "");
});

test("every door shows by an example how it is used", async () => {
  const { nodes }: Documentation = JSON.parse((await denoDoc("--json")).stdout);
  const shown = Object.entries(nodes).filter(([, { symbols }]) =>
    symbols.some(({ declarations }) =>
      declarations.some(({ jsDoc }) => jsDoc?.tags?.some(({ kind }) => kind === "example") ?? false)
    )
  ).map(([module]) => relative(ROOT, fileURLToPath(module)));
  assert.equal(doors.filter((module) => !shown.includes(relative(ROOT, module))), []);
});

test.run();
