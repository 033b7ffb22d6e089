/**
 * `npm pack` runs it: JavaScript with declarations of the library into dist/, which plain Node runs, with the files that modules read.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";

/** Files of lib/ that stay as they are. */
const ASSETS = ["report/browser", "runtime/worker_boot.mjs"];

rmSync("dist", { recursive: true, force: true });
execFileSync("tsc", ["-p", "lib/tsconfig.build.json"], { stdio: "inherit" });
for (const asset of ASSETS) cpSync(`lib/${asset}`, `dist/lib/${asset}`, { recursive: true });
