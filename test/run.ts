/**
 * Runs the uvu suites under test/: all of them, or those whose path contains one of the arguments
 * (`npm run test:node -- onnx autodiff`). Property tests draw the same cases each time, so that a change is what a failure comes from;
 * `FC_SEED=7` draws others.
 *
 * @module
 */
import { argv, env, exit } from "node:process";
import fc from "fast-check";
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
fc.configureGlobal({ seed: Number(env.FC_SEED ?? 0) });
await run(chosen, { bail: false });
