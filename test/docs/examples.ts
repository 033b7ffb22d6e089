/**
 * Code in documentation: `@example` blocks of doc comments, and blocks of Markdown.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { ROOT, sources } from "./public_modules.ts";

/** A block of TypeScript. */
export interface Example {
  /** File and line that it begins at, "lib/dpc/trigger.ts:41". */
  readonly place: string;
  readonly code: string;
  /** Whether it runs; a block that says "ts ignore" is only compiled. */
  readonly runs: boolean;
}

/** The blocks of a Markdown file. */
export function markdownExamples(file: string): readonly Example[] {
  return blocks(file, /^```ts( ignore)?\n(.*?)^```$/gms);
}

/** The blocks of all doc comments of `lib/`; their imports of neighbours lead to the package's files. */
export function docExamples(): readonly Example[] {
  return sources().flatMap((file) =>
    blocks(file, /^ *\* ```ts( ignore)?\n(.*?)^ *\* ```$/gms).map(({ place, code, runs }) => ({
      place,
      runs,
      code: code.replace(/^ *\* ?/gm, "").replace(
        /from "\.\/(.+)\.ts"/g,
        (_, name) => `from "./node_modules/${packageJson.name}/dist/${dirname(file)}/${name}.js"`,
      ),
    }))
  );
}

function blocks(file: string, pattern: RegExp): readonly Example[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(pattern)].map((match) => ({
    place: `${file}:${text.slice(0, match.index).split("\n").length}`,
    code: match[2]!,
    runs: match[1] === undefined,
  }));
}
