/**
 * The modules that a user may import, and the packages that they name.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

/** The project's folder. */
export const ROOT = join(import.meta.dirname, "../..");

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** What package.json exports, as source, with the modules that these export as namespaces. */
export function publicModules(): readonly string[] {
  const doors = Object.values(packageJson.exports).flatMap((target) =>
    typeof target === "string"
      ? []
      : [target.default.replace(/^\.\/dist\//, "").replace(/\.js$/, ".ts")]
  );
  const namespaces = doors.flatMap((door) =>
    [...read(door).matchAll(/^export \* as \w+ from "\.\/(.+)";$/gm)]
      .map(([, file]) => join(door, "..", file!))
  );
  return [...doors, ...namespaces];
}

/** All TypeScript files of `lib/`, as paths from the project's folder. */
export function sources(): readonly string[] {
  return readdirSync(join(ROOT, "lib"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join("lib", file))
    .sort();
}

/** Specifiers of packages that `lib/` imports. */
export function foreignSpecifiers(): readonly string[] {
  const imported = sources().flatMap((file) =>
    [...read(file).matchAll(/(?:from|import) "([@a-z][^":]*)"/g)].map(([, name]) => name!)
  );
  return [...new Set(imported)].sort();
}
