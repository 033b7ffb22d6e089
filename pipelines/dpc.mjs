#!/usr/bin/env node
// `dpc COMMAND` under Node: the sources compiled where there are any, else the package's own JavaScript.
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const url = (path) => new URL(path, import.meta.url);
if (existsSync(url("./dpc.ts"))) {
  const { compile } = await import("./build/compile.mjs");
  const folder = await compile().catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(join(folder, "pipelines/dpc.js")).href);
} else {
  await import(url("../dist/programs/dpc.js").href);
}
