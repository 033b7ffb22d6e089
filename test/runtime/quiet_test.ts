/**
 * ONNX Runtime's telemetry is off wherever the library is loaded. With it on, the first session leaves files in the home and temporary
 * folders at once.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ROOT, sources } from "../docs/public_modules.ts";

const DENO = [join(ROOT, "node_modules/.bin/deno"), "run", "-A"];
const NODE = [process.execPath];
const TSX = [...NODE, "--import", "tsx"];
const WATCHED = [...TSX, "--import", new URL("./watch_loading.mjs", import.meta.url).href];

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const here = (file: string): string => join(import.meta.dirname!, file);

/** quiet_child.ts as compiled JavaScript, which says what the variable is when the library is loaded. */
const compiled = (place: string) => [
  ...NODE,
  ...["--import", new URL("./watch_loading.mjs", import.meta.url).href],
  ...[join(ROOT, "test/start.mjs"), "runtime/quiet_child.ts", place],
];

/** Runs a program with an environment of its own; gives what it printed and what it left in its home and temporary folders. */
async function run(
  [program = "", ...rest]: readonly string[],
  variables: Readonly<Record<string, string>> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), "quiet-"));
  const [home, temporary] = [join(folder, "home"), join(folder, "temporary")];
  mkdirSync(home);
  mkdirSync(temporary);
  try {
    const { stdout } = await promisify(execFile)(program, rest, {
      cwd: ROOT,
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        TMPDIR: temporary,
        // Deno's own, which is not looked at
        DENO_DIR: join(folder, "deno"),
        ...variables,
      },
    });
    const left = [home, temporary].flatMap((each) =>
      readdirSync(each, { recursive: true, encoding: "utf8" })
    );
    return { stdout, left };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** tsx too would leave files in the temporary folder. */
const NO_CACHE = { TSX_DISABLE_CACHE: "1" };
const SUMS = /^\[ 3, 6 \]$/m;

for (
  const [name, command] of [
    ["the main thread", [...TSX, here("quiet_child.ts")]],
    ["the main thread under Deno", [...DENO, here("quiet_child.ts")]],
    ["a worker under Deno", [...DENO, here("quiet_child.ts"), "thread"]],
    ["a thread of a user who imports the library there alone", [...NODE, here("quiet_user.mjs")]],
    ["a process of such a user", [...NODE, here("quiet_user.mjs"), "fork"]],
    ["a thread of such a user under Deno", [...DENO, here("quiet_user.mjs")]],
  ] as const
) {
  test(`a session in ${name} leaves no files in the home and temporary folders`, async () => {
    // plain Node starts workers that turn tsx's cache off themselves
    const { stdout, left } = await run(command, command[1] === "--import" ? NO_CACHE : {});
    assert.match(stdout, SUMS);
    assert.equal(left, []);
  });
}

test("whatever imports a package that loads the library imports quiet.ts first", () => {
  const loading = sources().filter((file) =>
    /^import .*from "(onnxruntime-node|@xenova\/transformers.*)";$/m.test(read(file))
  );
  assert.equal(loading, ["lib/runtime/session.ts", "lib/tokenizer/native.ts"]);
  for (const file of loading) {
    const first = /^import .*$/m.exec(read(file))?.[0];
    assert.match(first!, /"(\.\/quiet|\.\.\/runtime\/mod)\.ts";/, file);
  }
});

test("tokenizer/mod.ts sets the variable before it loads the library", async () => {
  const url = new URL("../../lib/tokenizer/mod.ts", import.meta.url).href;
  const program = ["--input-type=module", "--eval", `await import(${JSON.stringify(url)})`];
  const { stdout } = await run([...WATCHED, ...program], NO_CACHE);
  assert.is(stdout, "loaded with 1\n");
});

for (const place of ["main", "thread", "process"]) {
  test(`compiled, a session sets the variable before it loads the library (${place})`, async () => {
    const { stdout, left } = await run(compiled(place));
    assert.match(stdout, SUMS);
    assert.match(stdout, "loaded with 1\n");
    assert.equal(left, []);
  });
}

test("a value that the user has set stays, in threads too", async () => {
  for (const place of ["main", "thread"]) {
    const { stdout, left } = await run(compiled(place), { ORT_DISABLE_TELEMETRY: "0" });
    assert.match(stdout, SUMS);
    assert.match(stdout, "loaded with 0\n");
    // so these tests see it where it is on
    if (process.platform === "linux") assert.ok(left.length > 0);
  }
});

test.run();
