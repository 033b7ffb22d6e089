/**
 * Compiles the programs to plain JavaScript, which starts in a fraction of the time that TypeScript takes. Plain JavaScript itself, as it
 * runs before anything is compiled.
 *
 * Each state of the sources has a folder of its own, so an edited source is compiled again and running programs keep what they began with.
 *
 * @module
 */
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The project's folder. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** Packages of many small files, which load faster as a few large ones; any other stays where it is. */
const BUNDLED = /^(effect|@effect\/[\w-]+|hyparquet|hyparquet-writer)(\/|$)/;

/** Packages that Effect's import and nothing here reaches, of hundreds of files: property tests of schemas, and configuration files. */
const UNREACHED = /^(fast-check|ini|toml|yaml)$/;

/** The tokenizers are bundled here too, without the ONNX Runtime for browsers that they would load; the package has them as a file of its own. */
const TOKENIZERS = /^@xenova\/transformers\//;

/** Folders of earlier states are kept as long as a program that began with them may run, and the newest in any case. */
const KEPT = { milliseconds: 24 * 60 * 60 * 1000, newest: 2 };

/**
 * Compiles what has changed.
 *
 * @param {{ tests?: boolean }} options whether the tests are wanted too
 * @returns {Promise<string>} the folder that holds the compiled files in the order of the sources
 */
export async function compile({ tests = false } = {}) {
  const folders = ["lib", "pipelines", ...(tests ? ["test"] : [])];
  const sources = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(ts|mjs)$/.test(file))
      .map((file) => join(folder, file))
  );
  const state = createHash("sha256").update(ROOT);
  for (const file of [...sources, "package.json", "deno.json", "node_modules/.package-lock.json"]) {
    const { mtimeMs, size } = statSync(join(ROOT, file));
    state.update(`\n${file} ${mtimeMs} ${size}`);
  }
  const base = ownFolder();
  const kind = tests ? "tests" : "programs";
  const folder = join(base, `${kind}-${state.digest("hex").slice(0, 20)}`);
  if (existsSync(folder)) {
    if (isWhole(folder)) {
      const now = new Date();
      utimesSync(folder, now, now);
      return folder;
    }
    rmSync(folder, { recursive: true, force: true });
  }
  process.stderr.write(`Compiling the ${kind} once ...\n`);
  const draft = mkdtempSync(join(base, "draft-"));
  try {
    await build({ sources, draft, folder });
    writeFileSync(join(draft, DIGEST), digestOf(draft));
    renameSync(draft, folder);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // another process was faster
    if (!existsSync(folder)) throw error;
  }
  removeOld(base, kind);
  return folder;
}

/** The file of a compiled folder that holds the digest of all others which are run. */
const DIGEST = "digest";

/** SHA-256 of the JavaScript of a folder. */
function digestOf(folder) {
  const hash = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js")).sort();
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(folder, file)));
  return hash.digest("hex");
}

/** Whether a compiled folder is as it was written; it takes a hundredth of a second. */
function isWhole(folder) {
  try {
    return readFileSync(join(folder, DIGEST), "utf8") === digestOf(folder);
  } catch {
    return false;
  }
}

/** A folder for compiled files that nobody else can put files into: the project's if that is the user's own, else the user's. */
function ownFolder() {
  const { DPC_CACHE: own, XDG_CACHE_HOME: caches = "" } = process.env;
  const cache = own ||
    join(isAbsolute(caches) ? caches : join(homedir(), ".cache"), "dynamic-prompt-corruption");
  const problems = [];
  for (
    const [parent, ...names] of [[join(ROOT, "node_modules"), ".cache", "dpc"], [cache, "compiled"]]
  ) {
    const folder = resolve(parent, ...names);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      checkOwn(resolve(parent), 0o002);
      for (const i of names.keys()) checkOwn(resolve(parent, ...names.slice(0, i + 1)), 0o002);
      checkOwn(folder, 0o022);
      return folder;
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`Cannot keep compiled programs: ${problems.join("; ")}`);
}

/** Refuses a folder that somebody else owns or can write to. */
function checkOwn(folder, others) {
  const status = lstatSync(folder);
  // Windows has neither owners nor these modes
  if (process.getuid === undefined) return;
  if (!status.isDirectory()) throw new Error(`'${folder}' is not a folder`);
  if (status.uid !== process.getuid()) throw new Error(`'${folder}' belongs to another user`);
  if ((status.mode & others) !== 0) throw new Error(`others may write to '${folder}'`);
}

function build({ sources, draft, folder }) {
  const compiled = (source) =>
    JSON.stringify(
      pathToFileURL(join(folder, relative(ROOT, source).replace(/\.ts$/, ".js"))).href,
    );
  return bundle({
    entryPoints: sources.filter((file) =>
      isEntry(file) || file.startsWith(`test`) && file.endsWith(".ts")
    ),
    outdir: draft,
    sourcemap: true,
    sourcesContent: false,
  }, {
    bundled: TOKENIZERS,
    foreign: (_, file) => pathToFileURL(file).href,
    addresses: (source) => ({
      url: JSON.stringify(pathToFileURL(source).href),
      worker: (file) => `new URL(${compiled(file)})`,
      dirname: JSON.stringify(dirname(source)),
      filename: JSON.stringify(source),
    }),
  });
}

/** A file that is started by its own name: a worker starts with its own module; quiet.ts must run before packages that a shared file would import first. */
export const isEntry = (file) =>
  file === join("pipelines", "dpc.ts") || /(_worker|[\\/]quiet)\.ts$/.test(file);

/**
 * Bundles sources with the packages that load faster so.
 *
 * @param {object} options esbuild's, beside those that are always the same
 * @param {object} settings `bundled` packages are bundled too; `foreign` names another package's module, found in a file, as it is imported then; `addresses` gives, as
 * JavaScript, what stands for a source's own address, and for that of a worker
 */
export async function bundle(options, { bundled, foreign, addresses }) {
  const esbuild = await import("esbuild");
  return await esbuild.build({
    absWorkingDir: ROOT,
    outbase: ROOT,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    chunkNames: "chunks/[hash]",
    logLevel: "silent",
    ...options,
    plugins: [WITHOUT_RUNTIME, {
      name: "sources",
      setup(build) {
        build.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, kind, resolveDir }) => {
          if (pluginData === "here" || kind === "entry-point" || path.startsWith("node:")) return;
          if (UNREACHED.test(path) && resolveDir.includes("node_modules")) {
            return { path, namespace: "unreached" };
          }
          if (BUNDLED.test(path) || bundled?.test(path)) return;
          const found = await build.resolve(path, { kind, resolveDir, pluginData: "here" });
          if (found.errors.length > 0) return found;
          return { path: found.external ? found.path : foreign(path, found.path), external: true };
        });
        build.onLoad(
          { filter: /.*/, namespace: "unreached" },
          // any name may be asked of it, and has no value
          () => ({ contents: "module.exports = {};", loader: "js" }),
        );
        build.onLoad(
          { filter: /\.ts$/ },
          ({ path }) =>
            path.includes(`node_modules`)
              ? undefined
              : { contents: settled(path, addresses(path)), loader: "ts" },
        );
      },
    }],
  });
}

/** What is left of the module that loads both ONNX Runtimes: tokenizers import its tensor and never make one. */
const NO_RUNTIME =
  "export const ONNX = { Tensor: class {}, env: { wasm: {} } }; export const executionProviders = [];";

/** Bundles the tokenizers of @xenova/transformers without the runtimes that its models use. */
export const WITHOUT_RUNTIME = {
  name: "without runtime",
  setup: ({ onLoad }) =>
    onLoad(
      { filter: /transformers[\\/]src[\\/]backends[\\/]onnx\.js$/ },
      () => ({ contents: NO_RUNTIME }),
    ),
};

/** A source whose own address stays that of the source, wherever it is compiled to; workers' addresses become those of compiled files. */
function settled(path, { url, worker, dirname: folder, filename }) {
  return readFileSync(path, "utf8")
    .replace(
      /new URL\(\s*"(\.[^"]*_worker\.ts)",\s*import\.meta\.url,?\s*\)/g,
      (_, file) => worker(resolve(dirname(path), file)),
    )
    .replace(/\bimport\.meta\.url\b/g, () => url)
    .replace(/\bimport\.meta\.dirname\b/g, () => folder)
    .replace(/\bimport\.meta\.filename\b/g, () => filename);
}

/** Removes folders that no running program began with. */
function removeOld(base, kind) {
  const old = readdirSync(base)
    .filter((name) => name.startsWith(`${kind}-`) || name.startsWith("draft-"))
    .map((name) => ({ folder: join(base, name), used: statSync(join(base, name)).mtimeMs }))
    .sort((a, b) => b.used - a.used)
    .slice(KEPT.newest)
    .filter(({ used }) => used < Date.now() - KEPT.milliseconds);
  for (const { folder } of old) rmSync(folder, { recursive: true, force: true });
}
