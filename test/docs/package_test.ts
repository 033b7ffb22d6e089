/**
 * The package as a stranger uses it: installed into an empty project, compiled with strict settings, run by plain Node. What runs is
 * the documentation's own code.
 *
 * @module
 */
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { docExamples, type Example, markdownExamples } from "./examples.ts";
import { makeProject, type Project } from "./installed_package.ts";

/** Its example makes runs/first, which others read. */
const FIRST = "lib/run/run.ts:";

const test = suite<{ project: Project }>("package");

test.before(async (context) => {
  context.project = await makeProject();
});

test.after((context) => context.project?.remove());

const moduleOf = ({ place }: Example): string => place.replace(/\W/g, "_");

test("every example that runs checks what it shows", () => {
  const unchecked = docExamples().filter(({ code, runs }) => runs && !code.includes("assert."));
  assert.equal(unchecked.map(({ place }) => place), []);
});

test("the guides' code and every example of the doc comments compile and run", async ({ project }) => {
  const [readme, documented] = [
    ["README.md", "lib/arm/README.md", "lib/run/README.md"].flatMap(markdownExamples),
    docExamples(),
  ];
  assert.ok(readme.length > 0 && documented.length > 60);
  const [first, others] = [
    documented.filter(({ place }) => place.startsWith(FIRST)),
    documented.filter(({ place }) => !place.startsWith(FIRST)),
  ];
  const examples = [...readme, ...first, ...others];
  for (const example of examples) {
    writeFileSync(join(project.folder, `${moduleOf(example)}.ts`), `${example.code}\nexport {};\n`);
  }
  await project.compile();
  const runner = "run_examples.mjs";
  copyFileSync(join(import.meta.dirname, runner), join(project.folder, runner));
  const running = examples.filter(({ runs }) => runs).map((each) => `./${moduleOf(each)}.js`);
  const printed = await project.run(runner, running);
  const failed = printed.split(/^(?=FAILED )/m).filter((text) => text.startsWith("FAILED"));
  assert.is(failed.join(""), "");
});

test.run();
