/**
 * The shape of the house, on the graph of modules that Deno sees, imports of types included: no circle, no import against the map's
 * order, none past a door, no crowded folder, and each foreign package behind one file.
 *
 * @module
 */
import { Array } from "effect";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { doors, ROOT } from "./public_modules.ts";

/** Rooms of the library from top to bottom, as in the table of lib/README.md: an import goes down. */
const ORDER = [
  "report",
  "queue",
  "export",
  "run",
  "arm",
  "stage",
  "terminal",
  "results",
  "statistics",
  "task",
  "dpc",
  "prompt",
  "learn",
  "model",
  "tokenizer",
  "runtime",
  "autodiff",
  "onnx",
  "hub",
  "registry",
  "schema",
];

/** Packages that one file of the library imports, or one folder. */
const SINGLE = [
  "@effect/schema",
  "onnxruntime-node",
  "onnx-proto",
  "@huggingface/gguf",
  "@huggingface/hub",
  "hyparquet-writer",
  "@xenova/transformers",
  "bullmq",
  "linkedom",
  "jstat",
];

/** Most TypeScript files of a folder. */
const MOST = 15;

/** An import, from a file to a file: "lib/run/run.ts". */
interface Edge {
  readonly from: string;
  readonly to: string;
}

const test = suite<{ edges: readonly Edge[]; foreign: readonly Edge[] }>("module graph");

const filesOf = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file));

/** What `deno info --json` says of a module, as far as it is asked here. */
interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
    }[];
  }[];
}

test.before(async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "module-graph-"));
  try {
    const root = join(folder, "root.ts");
    const files = ["lib", "pipelines"].flatMap(filesOf);
    const imports = files.map((file) =>
      `import ${JSON.stringify(pathToFileURL(join(ROOT, file)))};\n`
    );
    writeFileSync(root, imports.join(""));
    const { stdout } = await promisify(execFile)(
      join(ROOT, "node_modules/.bin/deno"),
      ["info", "--json", "--config", join(ROOT, "deno.json"), root],
      { cwd: ROOT, maxBuffer: 2 ** 28 },
    );
    const { modules }: Info = JSON.parse(stdout);
    const pathOf = (url = "") => url.startsWith("file:") ? relative(ROOT, fileURLToPath(url)) : url;
    const known = new Set(files);
    const all = modules.filter(({ specifier }) => known.has(pathOf(specifier)))
      .flatMap(({ specifier: from, dependencies = [] }) =>
        dependencies.map(({ specifier, code, type }) => ({
          from: pathOf(from),
          name: specifier,
          to: pathOf((code ?? type)?.specifier),
        }))
      );
    context.edges = all.filter(({ to }) => known.has(to));
    context.foreign = all.filter(({ name }) => /^[@a-z]/.test(name) && !name.startsWith("node:"))
      .map(({ from, name }) => ({ from, to: name }));
    assert.ok(context.edges.length > files.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const shown = ({ from, to }: Edge): string => `${from} -> ${to}`;

/** Each set of things that reach each other (Tarjan 1972). */
function circles(edges: readonly Edge[]): readonly string[][] {
  const next = Array.groupBy(edges, ({ from }) => from);
  const [index, low] = [new Map<string, number>(), new Map<string, number>()];
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    for (const { to } of next[node] ?? []) {
      if (!index.has(to)) visit(to);
      if (stack.includes(to)) low.set(node, Math.min(low.get(node)!, low.get(to)!));
    }
    if (low.get(node) !== index.get(node)) return;
    const members = stack.splice(stack.indexOf(node));
    if (members.length > 1) found.push(members.sort());
  };
  for (const node of Object.keys(next)) if (!index.has(node)) visit(node);
  return found;
}

test("no file imports itself by way of others", ({ edges }) => {
  assert.equal(circles(edges), []);
});

test("no folder of a room imports itself by way of its neighbours", ({ edges }) => {
  const between = edges.map(({ from, to }) => ({ from: dirname(from), to: dirname(to) }))
    .filter(({ from, to }) => from !== to && dirname(from) === dirname(to));
  assert.equal(circles(between), []);
});

/** A file as a path of rooms: "model/engine/engine.ts", "pipelines/evaluate.ts". */
const inHouse = (file: string): string => file.replace(/^lib\//, "");

test("imports go down the map, whose order is that of lib/README.md", ({ edges }) => {
  const rows = readFileSync(join(ROOT, "lib/README.md"), "utf8").matchAll(/^\| `(\w+)\/` /gm);
  assert.equal([...rows].map(([, room]) => room), ORDER);
  const height = (file: string) =>
    ["pipelines", "mod.ts", ...ORDER].indexOf(inHouse(file).split("/")[0]!);
  const [unknown] = edges.filter(({ from }) => height(from) < 0);
  assert.is(unknown, undefined);
  assert.equal(edges.filter(({ from, to }) => height(from) > height(to)).map(shown), []);
});

test("a room is entered by its door", ({ edges }) => {
  const past = edges.filter(({ from, to }) => {
    if (doors.includes(to)) return false;
    const [source, target] = [inHouse(from).split("/"), inHouse(to).split("/")];
    const shared = target.findIndex((part, i) => part !== source[i]);
    const inside = target.slice(shared);
    // helpers of programs are no rooms
    if (target[0] === "pipelines") return false;
    // a neighbour, or a file of a room that this one is in
    if (inside.length === 1) return false;
    return inside.length > 2 || inside[1] !== "mod.ts";
  });
  assert.equal(past.map(shown), []);
});

test("no folder has more files than a person can look over", () => {
  const folders = Array.groupBy(
    ["lib", "pipelines", "test"].flatMap(filesOf),
    (file) => dirname(file),
  );
  const crowded = Object.entries(folders).filter(([, files]) => files.length > MOST);
  assert.equal(crowded.map(([folder, files]) => `${folder}: ${files.length}`), []);
});

test("a foreign package that is to stay replaceable is imported by one file", ({ foreign }) => {
  for (const name of SINGLE) {
    const users = foreign.filter(({ from, to }) =>
      from.startsWith("lib/") && !from.endsWith(".d.ts") &&
      (to === name || to.startsWith(`${name}/`))
    );
    assert.is(new Set(users.map(({ from }) => from)).size, 1, `${name}: ${users.map(shown)}`);
  }
});

test.run();
