/**
 * tsx runs compiled code from a folder in the temporary folder whoever made it: npm's scripts use none. Workers are in
 * runtime/quiet_test.ts.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import packageJson from "../../package.json" with { type: "json" };

const ROOT = join(import.meta.dirname!, "../..");
const COMMAND = ["node", "--env-file=pipelines/tsx.env", "--import", "tsx"];

test("every script that needs tsx runs it without its cache", () => {
  const scripts = Object.entries(packageJson.scripts).filter(([, script]) =>
    /\btsx\b|\.ts\b/.test(script)
  );
  assert.ok(scripts.length > 10);
  for (const [name, script] of scripts) {
    assert.equal(script.split(" ").slice(0, -1), COMMAND, name);
  }
});

test("a program so run leaves nothing in the temporary folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tsx-cache-"));
  try {
    const [, ...flags] = COMMAND;
    const env = { PATH: process.env["PATH"], TMPDIR: folder };
    const options = [...flags, "pipelines/report.ts", "--help"];
    const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: ROOT, env });
    assert.match(stdout, "npm run report");
    assert.equal(readdirSync(folder, { recursive: true }), []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
