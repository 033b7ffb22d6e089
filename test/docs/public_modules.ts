/**
 * The modules that a user may import, and the packages that they name.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The project's folder. */
export const ROOT = join(import.meta.dirname, "../..");

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** Every door of `lib/`, with the modules that they export as namespaces; `schema/files.ts` is a door of its own. */
export function publicModules(): readonly string[] {
  const doors = sources().filter((file) => file.endsWith("/mod.ts"));
  const namespaces = doors.flatMap((door) =>
    [...read(door).matchAll(/^export \* as \w+ from "\.\/(.+)";$/gm)]
      .map(([, file]) => join(door, "..", file!))
  );
  return [...doors, ...namespaces, "lib/schema/files.ts"];
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
