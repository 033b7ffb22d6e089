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

/** What package.json exports, as source. */
export const doors: readonly string[] = Object.values(packageJson.exports).flatMap((target) =>
  typeof target === "string"
    ? []
    : [target.default.replace(/^\.\/dist\//, "").replace(/\.js$/, ".ts")]
);

/** The doors, with the modules that these export as namespaces, by way of a sub-room's door too. */
export function publicModules(): readonly string[] {
  // the root last: what it exports again belongs to the other doors
  const [root, ...others] = doors;
  return [...new Set([...others, ...others.flatMap((door) => namespaces(door)), root!])];
}

/** The modules that a door exports as namespaces of these names; of all names by default. */
function namespaces(door: string, names?: readonly string[]): readonly string[] {
  const text = read(door);
  const path = (file: string) => join(door, "..", file);
  const own = [...text.matchAll(/^export \* as (\w+) from "(\.\/.+)";$/gm)]
    .flatMap(([, name, file]) => names?.includes(name!) ?? true ? [path(file!)] : []);
  const inner = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from "(\.\/.+\/mod\.ts)";$/gm)]
    .flatMap(([, list, file]) => namespaces(path(file!), list!.match(/\w+/g) ?? []));
  return [...own, ...inner];
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
