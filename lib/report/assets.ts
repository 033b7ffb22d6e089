/**
 * What every report holds: its style, and its script, which is the files of browser/ joined into one.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type FileError, fileError } from "../schema/files.ts";

/** Text of the style and of the script. */
export interface Assets {
  readonly style: string;
  readonly script: string;
}

/** Modules of the script, each behind those that it imports. */
const MODULES = [
  "elements.js",
  "address.js",
  "data.js",
  "filters.js",
  "list.js",
  "heat.js",
  "answers.js",
  "instance.js",
  "download.js",
  "tables.js",
  "pages.js",
];

/** Parts of the style. */
const STYLES = ["base.css", "parts.css", "instances.css"];

/** Reads the style and the script; the diff library goes in as its authors built it for browsers, with its licence. */
export function readAssets(): Effect.Effect<Assets, FileError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const read = (file: string) =>
      Effect.mapError(fs.readFileString(file), fileError("read", file));
    const own = (name: string) =>
      read(fileURLToPath(new URL(`./browser/${name}`, import.meta.url)));
    const diff = path.dirname(createRequire(import.meta.url).resolve("diff/package.json"));
    const licence = yield* read(path.join(diff, "LICENSE"));
    const library = yield* read(path.join(diff, "dist", "diff.min.js"));
    const modules = yield* Effect.forEach(MODULES, own);
    return {
      style: (yield* Effect.forEach(STYLES, own)).join("\n"),
      script: [`/* diff\n${licence}*/`, library, joinModules(modules)].join("\n"),
    };
  });
}

/**
 * Modules as one script, which spares a bundler: their imports of each other go, and what they export is a name of a block, which so
 * must be unique among them. As no module it runs where it stands, before the instances behind it are read.
 */
function joinModules(modules: readonly string[]): string {
  const blocks = modules.map((text) =>
    text.replace(/^import \{[^}]*\} from "\.\/\w+\.js";\n/gm, "")
      .replace(/^export (?=(async )?function |const |let )/gm, "")
  );
  return `(() => {\n"use strict";\n${blocks.join("\n")}})();\n`;
}
