/**
 * `deno doc --lint` over all public modules.
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
import { test } from "uvu";
import * as assert from "uvu/assert";
import { foreignSpecifiers, publicModules, ROOT } from "./public_modules.ts";

const OUTSIDE = "data:application/javascript,export default 0";

test("every public symbol is documented, and refers to public types only", async () => {
  const folder = mkdtempSync(join(tmpdir(), "doc-lint-"));
  try {
    const importMap = join(folder, "import_map.json");
    const imports = Object.fromEntries(foreignSpecifiers().map((name) => [name, OUTSIDE]));
    writeFileSync(importMap, JSON.stringify({ imports }));
    const found = await promisify(execFile)(
      join(ROOT, "node_modules/.bin/deno"),
      ["doc", "--quiet", "--lint", "--import-map", importMap, ...publicModules()],
      { cwd: ROOT, env: { ...process.env, NO_COLOR: "1" } },
    ).then(() => "", (error: { readonly stderr: string }) => error.stderr);
    assert.is(found, "");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
