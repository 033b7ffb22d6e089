// Node cannot start a worker from a .ts file, even with `--import tsx`: this file registers tsx and imports it. Deno needs no
// tsx, but its parentPort lacks the close() that the worker runner calls at the end.
import { parentPort, workerData } from "node:worker_threads";

if ("Deno" in globalThis) {
  parentPort.close ??= () => globalThis.close();
} else {
  const { register } = await import("tsx/esm/api");
  register();
}
await import(workerData.entry);
