/**
 * Starts a TypeScript file of the tests as compiled JavaScript, under Node: `node test/start.mjs run.ts onnx`.
 *
 * @module
 */
import { join, relative } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { compile, ROOT } from "../pipelines/build/compile.mjs";

const [, , file = ""] = process.argv;
// programs that tests start must not say that they are compiled first
await compile();
const folder = await compile({ tests: true });
const path = join(folder, relative(ROOT, join(import.meta.dirname, file)).replace(/\.ts$/, ".js"));
process.setSourceMapsEnabled(true);
process.argv.splice(1, 2, path);
await import(pathToFileURL(path).href);
