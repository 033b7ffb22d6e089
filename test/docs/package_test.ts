/**
 * The package as a stranger uses it: installed into an empty project, compiled with strict settings, run by plain Node. What runs is
 * the documentation's own code.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { docExamples, type Example, markdownExamples } from "./examples.ts";
import { makeProject, type Project } from "./installed_package.ts";

/** Imports modules one after the other in one process, and prints those that fail. */
const RUNNER = `
for (const module of process.argv.slice(2)) {
  await import(module).catch((error) => console.log("FAILED", module, error));
}
`;

const test = suite<{ project: Project }>("package");

test.before(async (context) => {
  context.project = await makeProject();
});

test.after((context) => context.project.remove());

/** Writes the examples as modules, compiles and runs them; gives what went wrong. */
async function failures(project: Project, examples: readonly Example[]): Promise<string> {
  const moduleOf = ({ place }: Example) => place.replace(/\W/g, "_");
  for (const example of examples) {
    writeFileSync(join(project.folder, `${moduleOf(example)}.ts`), `${example.code}\nexport {};\n`);
  }
  await project.compile();
  writeFileSync(join(project.folder, "runner.mjs"), RUNNER);
  const running = examples.filter(({ runs }) => runs).map((each) => `./${moduleOf(each)}.js`);
  const printed = await project.run("runner.mjs", running);
  return printed.split(/^(?=FAILED )/m).filter((text) => text.startsWith("FAILED")).join("");
}

test("README's code compiles and runs where the package is installed", async ({ project }) => {
  const examples = markdownExamples("README.md");
  assert.ok(examples.length > 0);
  assert.is(await failures(project, examples), "");
});

test("every example of the doc comments compiles and runs", async ({ project }) => {
  const examples = docExamples();
  assert.ok(examples.length > 10);
  assert.is(await failures(project, examples), "");
});

test.run();
