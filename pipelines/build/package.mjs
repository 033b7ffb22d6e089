/**
 * `npm pack` runs it: JavaScript with declarations of library and programs into dist/, which plain Node runs, with the files that modules
 * read.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { licences, programs, vendor } from "./vendor.mjs";

/** Files that stay as they are. */
const ASSETS = ["lib/report/browser", "lib/runtime/worker_boot.mjs", "pipelines/bench/peer.py"];

rmSync("dist", { recursive: true, force: true });
execFileSync("tsc", ["-p", "pipelines/build"], { stdio: "inherit" });
for (const asset of ASSETS) cpSync(asset, `dist/${asset}`, { recursive: true });
licences([...await vendor(), ...await programs()]);
