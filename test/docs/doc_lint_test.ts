/**
 * `deno doc` over all public modules: its linter, and an example for each door.
 *
 * @module
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { denoDoc, type Documentation } from "./deno_doc.ts";
import { doors, ROOT } from "./public_modules.ts";

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
  // the root exports others' symbols alone, and has its example in its module's doc
  const [, ...others] = doors;
  assert.equal(others.filter((module) => !shown.includes(relative(ROOT, module))), []);
});

test.run();
