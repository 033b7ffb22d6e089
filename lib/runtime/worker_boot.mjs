// Node cannot start a worker from a .ts file, even with `--import tsx`: this file registers tsx and imports it. Deno needs no
// tsx, but its parentPort lacks the close() that the worker runner calls at the end. In the npm package x_worker.ts is x_worker.js.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";

const { entry } = workerData;
const isSource = existsSync(fileURLToPath(entry));

if ("Deno" in globalThis) {
  parentPort.close ??= () => globalThis.close();
} else if (isSource && entry.endsWith(".ts")) {
  const { register } = await import("tsx/esm/api");
  register();
}
await import(isSource ? entry : entry.replace(/\.ts$/, ".js"));
