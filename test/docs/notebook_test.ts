/**
 * The tutorial: its cells run one after the other under Deno, as its kernel runs them, and its outputs are in the repository.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ROOT } from "./public_modules.ts";

const FOLDER = join(ROOT, "lib/run");

interface Cell {
  readonly cell_type: "markdown" | "code";
  readonly source: readonly string[];
  readonly execution_count?: number | null;
  readonly outputs?: readonly { readonly output_type: string }[];
}

const { cells } = JSON.parse(readFileSync(join(FOLDER, "tutorial.ipynb"), "utf8")) as {
  readonly cells: readonly Cell[];
};
const code = cells.filter(({ cell_type }) => cell_type === "code");

test("the tutorial was run from its first cell to its last, without an error", () => {
  assert.equal(code.map(({ execution_count }) => execution_count), code.map((_, i) => i + 1));
  const outputs = code.flatMap(({ outputs = [] }) => outputs);
  assert.ok(outputs.length > 0);
  assert.not(outputs.some(({ output_type }) => output_type === "error"));
});

/** No network and no programs. */
const PERMISSIONS = ["read", "write", "env", "sys", "ffi"].map((name) => `--allow-${name}`);

// under Node it would run a second time
if ("Deno" in globalThis) {
  test("the tutorial's cells make a run and its report", async () => {
    const folder = mkdtempSync(join(tmpdir(), "notebook-"));
    // beside the notebook, so that what they import is found in the same place
    const module = join(FOLDER, `.tutorial-${process.pid}.ts`);
    writeFileSync(module, code.map(({ source }) => source.join("")).join("\n\n"));
    try {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ["run", "--no-prompt", ...PERMISSIONS, module],
        { cwd: FOLDER, env: { ...process.env, TMPDIR: folder } },
      );
      const [made = ""] = readdirSync(folder);
      const results = JSON.parse(readFileSync(join(folder, made, "run/results.json"), "utf8"));
      assert.equal(Object.keys(results.arms), ["base", "pt", "dpc", "everything"]);
      assert.is(results.n, 24);
      assert.match(stdout, /^dpc +\d+\.\d /m);
      assert.match(stdout, join(made, "run/report.html"));
      assert.match(
        readFileSync(join(folder, made, "run/report.html"), "utf8"),
        /^<!doctype html>/i,
      );
    } finally {
      rmSync(module);
      rmSync(folder, { recursive: true });
    }
  });
}

test.run();
