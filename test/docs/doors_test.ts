/**
 * The names that each public door exports, and how stable they are: a change of them is deliberate, so it is made in doors.json too
 * (`UPDATE=1 npm run test:node -- docs/doors` writes that file).
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import denoJson from "../../deno.json" with { type: "json" };
import packageJson from "../../package.json" with { type: "json" };
import { denoDoc, type Documentation } from "./deno_doc.ts";
import { doors, ROOT } from "./public_modules.ts";

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** "lib/task/word_problems/mod.ts" as package.json names it: "task/word_problems"; the root is ".". */
const nameOf = (door: string): string =>
  door.replace(/^lib\//, "").replace(/(\/mod)?\.ts$/, "").replace(/^mod$/, ".");

test("every door exports the names in doors.json", async () => {
  const { nodes }: Documentation = JSON.parse((await denoDoc("--json")).stdout);
  const names = Object.entries(nodes).flatMap(([module, { symbols }]) => {
    const door = relative(ROOT, fileURLToPath(module));
    return doors.includes(door)
      ? [[nameOf(door), [...new Set(symbols.map(({ name }) => name))].sort()] as const]
      : [];
  }).sort(([a], [b]) => a.localeCompare(b));
  const found = Object.fromEntries(names);
  const file = "test/docs/doors.json";
  if (process.env["UPDATE"] !== undefined) {
    writeFileSync(join(ROOT, file), `${JSON.stringify(found, null, 2)}\n`);
  }
  assert.equal(found, JSON.parse(read(file)));
});

test("every door is marked stable or experimental, in its module's doc and in the map alike", () => {
  const rows = read("lib/README.md").matchAll(/^\| `([\w/.]+)` +\| (stable|experimental) +\|$/gm);
  assert.equal(
    Object.fromEntries([...rows].map(([, door, stability]) => [door, stability])),
    Object.fromEntries(doors.map((door) => [
      nameOf(door),
      /^ \* Stability: (\w+)\.$/m.exec(read(door))?.[1],
    ])),
  );
});

test("Deno imports the doors by the package's names", () => {
  const { name } = packageJson;
  const imports = Object.entries(denoJson.imports).filter(([key]) =>
    key === name || key.startsWith(`${name}/`)
  );
  assert.equal(
    Object.fromEntries(imports),
    Object.fromEntries(doors.map((door) => [join(name, nameOf(door)), `./${door}`])),
  );
});

test("deno.json has the package's version and the same doors", () => {
  assert.is(denoJson.version, packageJson.version);
  assert.equal(
    denoJson.exports,
    Object.fromEntries(doors.map((door) => [`./${nameOf(door)}`.replace("./.", "."), `./${door}`])),
  );
  assert.equal(denoJson.tasks.docs.command.match(/\blib\/\S+/g), doors);
});

test.run();
