/**
 * The engine's worker, which exits when a request asks for {@linkcode DEADLY} tokens, as often as the file named in
 * DPC_TEST_DEATHS says; for engine_pool_test.ts.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { env, exit } from "node:process";
import { parentPort } from "node:worker_threads";

/** Number of new tokens that kills. */
export const DEADLY = 66;

if (parentPort !== null) {
  parentPort.on("message", (message) => {
    const file = env["DPC_TEST_DEATHS"]!;
    const left = Number(readFileSync(file, "utf8"));
    if (left === 0 || !JSON.stringify(message).includes(`"maxNewTokens":${DEADLY}`)) return;
    writeFileSync(file, String(left - 1));
    exit(3);
  });
  await import("../../lib/model/engine_worker.ts");
}
