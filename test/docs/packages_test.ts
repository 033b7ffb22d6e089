/**
 * What `npm ci` installs, by package-lock.json.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";

interface Entry {
  readonly version: string;
  readonly name?: string;
  readonly license?: string;
  readonly engines?: { readonly node?: string };
  readonly dev?: boolean;
  readonly optional?: boolean;
}

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
  readonly packages: Readonly<Record<string, Entry>>;
};
const { "": own, ...installed } = packages;
const entries = Object.entries(installed).map(([path, entry]) => ({
  ...entry,
  name: entry.name ?? path.replace(/^.*node_modules\//, ""),
}));

/** Licences that ask for no more than their text. */
const PERMISSIVE = /^\(?(MIT|ISC|0BSD|BSD-[23]-Clause|Unlicense|MIT OR CC0-1\.0)\)?$/;
/** MIT by their package.json, which says so in an older form. */
const OLDER_FORM = ["jstat"];

test("NOTICE names every package under another licence than the permissive ones", () => {
  const notice = readFileSync("NOTICE", "utf8");
  const unnamed = entries.filter(({ dev, license = "", name }) =>
    !dev && !PERMISSIVE.test(license) && !OLDER_FORM.includes(name) &&
    !new RegExp(`[ ,]${name}[,\\s]`).test(notice)
  );
  assert.equal(unnamed.map(({ name, license }) => `${name} (${license})`), []);
});

/** MPL-2.0, which asks for no more than the source of its own files; run by tests and never handed on. */
const IN_TESTS_ALONE = ["axe-core"];

test("no package under a copyleft licence is installed with the package", () => {
  const copyleft = entries.filter(({ license, dev, name }) =>
    /GPL|MPL|EPL|CDDL/.test(license ?? "") && !(dev && IN_TESTS_ALONE.includes(name))
  );
  assert.equal(copyleft.map(({ name }) => name), []);
});

test("who installs the package gets one onnxruntime-node, and no sharp", () => {
  const names = entries.filter(({ dev }) => !dev).map(({ name }) => name);
  const count = (name: string) => names.filter((each) => each === name).length;
  assert.equal(
    ["onnxruntime-node", "onnxruntime-web", "sharp", "@favware/skip-dependency"].map(count),
    [1, 0, 0, 0],
  );
});

/** The least version that an expression such as "^20.19.0 || >=22.12.0" admits of each major one. */
const admits = (engine: string, [major, minor]: readonly [number, number]): boolean =>
  engine.split("||").some((part) => {
    const [, sign, ...numbers] = /^\s*(>=|\^|~|)\s*v?(\d+)(?:\.(\d+))?/.exec(part) ?? [];
    const [first, second] = [Number(numbers[0]), Number(numbers[1] ?? 0)];
    return sign === ">=" && major > first || major === first && minor >= second;
  });

test("no package asks for another Node than package.json does, of which npm ci would warn", () => {
  const least = [20, 19] as const;
  assert.is(own?.engines?.node, `>=${least.join(".")}`);
  const asking = entries.filter(({ engines, optional }) =>
    !optional && engines?.node !== undefined && !admits(engines.node, least)
  );
  assert.equal(asking.map(({ name, engines }) => `${name} asks for ${engines!.node}`), []);
});

test.run();
