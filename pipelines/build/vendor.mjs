/**
 * Code of others that the packed package brings along, so that nobody who installs it installs them: @xenova/transformers asks for an old
 * onnxruntime-node and for sharp, of which its tokenizers use nothing, and compute-engine for a newer Node than it needs.
 *
 * @module
 */
import { build } from "esbuild";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { bundle, isEntry, ROOT, WITHOUT_RUNTIME } from "./compile.mjs";

/** Modules of others, and the one compiled file that imports each. */
const VENDORED = [
  {
    module: "@xenova/transformers/src/tokenizers.js",
    file: "transformers_tokenizers.js",
    importer: "dist/lib/tokenizer/native.js",
  },
  {
    module: "@cortex-js/compute-engine",
    file: "compute_engine.js",
    importer: "dist/lib/task/grade/math/symbolic.js",
  },
];

/** Packages that compute-engine's own files contain already. */
const WITHIN = ["node_modules/@arnog/colors", "node_modules/complex-esm"];

/** Writes them into dist/vendor/ and points their importers there; gives the folders of the packages that are in them. */
export async function vendor() {
  const packages = new Set(WITHIN);
  for (const { module, file, importer } of VENDORED) {
    const { metafile } = await build({
      stdin: { contents: `export * from ${JSON.stringify(module)};`, resolveDir: "." },
      outfile: `dist/vendor/${file}`,
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: "inline",
      logLevel: "error",
      metafile: true,
      banner: { js: "/* Code of others, bundled: their licences are in LICENSES.txt. */" },
      plugins: [WITHOUT_RUNTIME],
    });
    for (const folder of packagesOf(metafile)) packages.add(folder);
    const own = readFileSync(importer, "utf8");
    const path = relative(dirname(importer), `dist/vendor/${file}`).replaceAll("\\", "/");
    const pointed = own.replaceAll(`"${module}"`, JSON.stringify(path));
    if (pointed === own) throw new Error(`'${importer}' does not import '${module}'`);
    writeFileSync(importer, pointed);
  }
  return packages;
}

/** The folders of the packages that a bundle has something of. */
function packagesOf({ inputs }) {
  return Object.keys(inputs)
    .map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
    .filter((folder) => folder !== undefined);
}

/**
 * Writes the programs into dist/programs/ as a few files with the Effect packages in them: `dpc` starts in a fraction of the time that
 * thousands of files take. Gives the folders of the packages that are in them.
 */
export async function programs() {
  const sources = ["lib", "pipelines"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file))
  );
  const here = (path) => `new URL(${JSON.stringify(path)}, import.meta.url)`;
  const { metafile } = await bundle({
    entryPoints: sources.filter(isEntry),
    outdir: "dist/programs",
    // beside each other, so that the way from each to dist/ is the same
    entryNames: "[name]",
    chunkNames: "[name]-[hash]",
    metafile: true,
  }, {
    foreign: (path) => {
      const own = VENDORED.find(({ module }) => module === path);
      return own === undefined ? path : `../vendor/${own.file}`;
    },
    addresses: (source) => {
      const compiled = `../${relative(ROOT, source).replaceAll("\\", "/").replace(/\.ts$/, ".js")}`;
      return {
        url: `${here(compiled)}.href`,
        worker: (file) => here(`./${basename(file, ".ts")}.js`),
        dirname: `import.meta.dirname`,
        filename: `import.meta.filename`,
      };
    },
  });
  return packagesOf(metafile);
}

/** Writes the licences of packages that are handed on. */
export function licences(packages) {
  const folders = [...new Set(packages)].sort();
  writeFileSync("dist/vendor/LICENSES.txt", folders.map(licenceOf).join("\n\n"));
}

/** What a package says of its licence. */
function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file === undefined
    ? "The package has no text of it."
    : readFileSync(`${folder}/${file}`, "utf8").trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
}
