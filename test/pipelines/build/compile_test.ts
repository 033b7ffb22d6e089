/**
 * Programs compiled on their first start, in a project of two files.
 *
 * @module
 */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Effect } from "effect";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DAMAGES } from "../../damages.ts";
import { ROOT } from "../../docs/public_modules.ts";
import { run } from "../../programs.ts";

const test = suite<{ project: string; cache: string }>("compile()");

/** In two parts, as it would be replaced in this file too. */
const ITSELF = ["import.meta", "url"].join(".");

/** What dpc.ts prints: where it and its worker think they are, and a word. */
const program = (word: string) =>
  `import { Option } from "effect";
console.log("${word}", Option.isSome(Option.some(1)), ${ITSELF});
console.log(new URL("./echo_worker.ts", ${ITSELF}).pathname);
if (process.argv[2] === "fail") throw new Error("failed");
`;

const start = ({ project, cache }: { project: string; cache: string }, ...args: string[]) =>
  Effect.runPromise(
    run([
      "env",
      `XDG_CACHE_HOME=${cache}`,
      process.execPath,
      `${project}/pipelines/dpc.mjs`,
      ...args,
    ]),
  );

test.before.each((context) => {
  const folder = mkdtempSync(join(tmpdir(), "compile-"));
  const project = context.project = join(folder, "project");
  context.cache = join(folder, "cache");
  mkdirSync(join(project, "lib"), { recursive: true });
  mkdirSync(join(project, "node_modules"));
  for (
    const file of ["package.json", "deno.json", "pipelines/dpc.mjs", "pipelines/build/compile.mjs"]
  ) {
    cpSync(join(ROOT, file), join(project, file));
  }
  writeFileSync(join(project, "node_modules/.package-lock.json"), "{}");
  for (const name of ["effect", "esbuild"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(project, "node_modules", name));
  }
  writeFileSync(join(project, "pipelines/dpc.ts"), program("first"));
  writeFileSync(join(project, "pipelines/echo_worker.ts"), 'console.log("a worker");\n');
});

test.after.each(({ project }) => rmSync(join(project, ".."), { recursive: true }));

test("compiles on the first start, says so, and again once a source was edited", async (context) => {
  const { project } = context;
  const compiling = "Compiling the programs once ...\n";
  const first = await start(context);
  assert.is(first.errors, compiling);
  const [said, worker] = first.output.trim().split("\n");
  assert.is(said, `first true file://${project}/pipelines/dpc.ts`);
  assert.match(worker!, /node_modules\/\.cache\/dpc\/programs-\w+\/pipelines\/echo_worker\.js$/);
  const { output } = await Effect.runPromise(run([process.execPath, worker!]));
  assert.is(output, "a worker\n");
  assert.is((await start(context)).errors, "");
  writeFileSync(join(project, "pipelines/dpc.ts"), program("second word"));
  const second = await start(context);
  assert.is(second.errors, compiling);
  assert.match(second.output, /^second word true /);
});

test("compiles again what is damaged", async (context) => {
  await start(context);
  const base = join(context.project, "node_modules/.cache/dpc");
  const file = join(base, readdirSync(base)[0]!, "pipelines/dpc.js");
  for (const [damage, change] of Object.entries(DAMAGES)) {
    const damaged = change(readFileSync(file));
    if (damaged === undefined) rmSync(file);
    else writeFileSync(file, damaged);
    const { code, output } = await start(context);
    assert.equal([code, output.split(" ")[0]], [0, "first"], damage);
  }
});

test("two processes that compile at once do not disturb each other", async (context) => {
  const ends = await Promise.all([start(context), start(context), start(context)]);
  assert.equal(ends.map(({ code, output }) => [code, output.split(" ")[0]]), [
    [0, "first"],
    [0, "first"],
    [0, "first"],
  ]);
  assert.is(readdirSync(join(context.project, "node_modules/.cache/dpc")).length, 1);
});

if (process.platform !== "win32") {
  test("runs nothing from a folder that others may write to", async (context) => {
    const { project, cache } = context;
    const shared = join(project, "node_modules/.cache/dpc");
    mkdirSync(shared, { recursive: true });
    chmodSync(shared, 0o777);
    assert.is((await start(context)).code, 0);
    assert.equal(readdirSync(shared), []);
    const own = join(cache, "dynamic-prompt-corruption/compiled");
    assert.is(readdirSync(own).length, 1);
    chmodSync(own, 0o777);
    const refused = await start(context);
    assert.is(refused.code, 1);
    assert.match(
      refused.errors,
      /^Cannot keep compiled programs: others may write to '.*dpc'; others .*\n$/,
    );
  });
}

test("a stack trace names the source", async (context) => {
  const { errors } = await start(context, "fail");
  assert.match(errors, /at .*pipelines\/dpc\.ts:4:\d+/);
});

test.run();
