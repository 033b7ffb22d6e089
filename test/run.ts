/**
 * Runs the uvu suites under test/: all of them, or those whose path contains one of the arguments
 * (`npm run test:node -- onnx autodiff`).
 *
 * @module
 */
import { argv, exit } from "node:process";
import { parse } from "uvu/parse";
import { run } from "uvu/run";

const wanted = argv.slice(2);
const { suites } = await parse(import.meta.dirname, /_test\.ts$/);
const chosen = suites.filter((suite) =>
  wanted.length === 0 || wanted.some((part) => suite.name.includes(part))
);
if (chosen.length === 0) {
  console.error(`Cannot run tests as no suite matches: ${wanted.join(", ")}`);
  exit(1);
}
await run(chosen, { bail: false });
