// Node cannot start a worker from a .ts file, even with `--import tsx`: this file registers tsx and imports it. Deno needs no
// tsx, but its parentPort lacks the close() that the worker runner calls at the end. In the npm package x_worker.ts is x_worker.js.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import process from "node:process";

/** A terminal sends Ctrl-C to a worker's process too, which must finish what it is asked. */
const ignoreSignals = () => {
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.removeAllListeners(signal).on(signal, () => {});
  }
};

if (isMainThread) {
  process.once("disconnect", () => process.exit());
  ignoreSignals();
}
const entry = isMainThread ? process.argv[2] : workerData.entry;
const isSource = existsSync(fileURLToPath(entry));

if ("Deno" in globalThis) {
  parentPort.close ??= () => globalThis.close();
} else if (isSource && entry.endsWith(".ts")) {
  // its cache is a folder that anybody may have made
  process.env.TSX_DISABLE_CACHE ||= "1";
  const { register } = await import("tsx/esm/api");
  register();
}
await import(isSource ? entry : entry.replace(/\.ts$/, ".js"));
// those that the module has set
if (isMainThread) ignoreSignals();
