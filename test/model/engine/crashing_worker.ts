/**
 * The engine's worker, which crashes when a request's JSON has the text in DPC_TEST_CRASH_ON, as often as the file named in
 * DPC_TEST_DEATHS says; for the tests of crashes.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import process, { env } from "node:process";
import { isMainThread, parentPort } from "node:worker_threads";

/** Dies as native code does, which takes its process along; a thread (under Deno) exits. */
const crash = () => isMainThread ? process.kill(process.pid, "SIGSEGV") : process.exit(3);

(parentPort ?? process).on("message", (message) => {
  if (!JSON.stringify(message).includes(env["DPC_TEST_CRASH_ON"]!)) return;
  const file = env["DPC_TEST_DEATHS"]!;
  const left = Number(readFileSync(file, "utf8"));
  if (left === 0) return;
  writeFileSync(file, String(left - 1));
  crash();
});
await import("../../../lib/model/engine/engine_worker.ts");
