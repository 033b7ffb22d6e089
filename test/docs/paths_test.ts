/**
 * The files and scripts that the guides name exist.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import packageJson from "../../package.json" with { type: "json" };
import { ROOT } from "./public_modules.ts";

const GUIDES = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "lib/README.md",
  "lib/arm/README.md",
  "lib/model/README.md",
  "lib/queue/README.md",
  "lib/run/README.md",
  "lib/task/README.md",
  "data/README.md",
];
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

test("links of the guides lead to files", () => {
  for (const guide of GUIDES) {
    for (const [, link] of read(guide).matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      assert.ok(existsSync(join(ROOT, dirname(guide), link!)), `${guide} links to ${link}`);
    }
  }
});

/** The text of a guide: rows of its table speak of files of their room, all else of files of the library. */
const roomsOf = (guide: string) =>
  read(guide).split("\n").map((text) => ({ room: /^\| `(\w+)\/`/.exec(text)?.[1] ?? "", text }));

test("files of the library and of the tests that guides name are there", () => {
  const named = (guide: string, pattern: RegExp) =>
    [...read(guide).matchAll(pattern)].map(([, path]) => path!);
  const paths = [
    ...named("CONTRIBUTING.md", /`((?:lib|test)\/[\w/.*]+)`/g).filter((path) =>
      !path.includes("NAME")
    ),
    ...roomsOf("lib/README.md").flatMap(({ room, text }) =>
      [...text.matchAll(/`([a-z_]+(?:\/[\w/]*)?(?:\.ts)?)`/g)]
        .filter(([, path]) => /[/.]/.test(path!) && path !== "mod.ts")
        .map(([, path]) => {
          if (path === `${room}/`) return `lib/${path}`;
          const at = path!.startsWith("pipelines/") ? path! : join("lib", room, path!);
          // a door as package.json names it
          return existsSync(join(ROOT, `${at}.ts`)) ? `${at}.ts` : at;
        })
    ),
  ];
  assert.ok(paths.length > 30);
  // of a pattern, its folder
  const missing = paths.filter((path) => !existsSync(join(ROOT, path.replace(/[^/]*\*.*$/, ""))));
  assert.equal(missing, []);
});

test("commands of the guides are scripts", () => {
  for (const guide of GUIDES) {
    for (const [, script] of read(guide).matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)) {
      assert.ok(Object.hasOwn(packageJson.scripts, script!), `${guide} names npm run ${script}`);
    }
  }
});

test.run();
