/**
 * A user's program for quiet_test.ts that imports the library in a worker of its own alone: a thread, or a process.
 *
 * @module
 */
import { fork } from "node:child_process";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

const BOOT = new URL("../../lib/runtime/worker_boot.mjs", import.meta.url);
const entry = new URL("./quiet_child.ts", import.meta.url).href;

if (argv[2] === "fork") fork(fileURLToPath(BOOT), [entry]);
else new Worker(BOOT, { workerData: { entry } });
