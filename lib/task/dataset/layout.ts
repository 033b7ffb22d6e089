/**
 * The splits and configurations of a dataset as the Hub lays it out, by the names of its files: `data/test-00000-of-00001.parquet`,
 * `main/train-00000-of-00002.parquet`, `CONFIG/test/0000.parquet`, `test.csv`.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect, Either } from "effect";
import { platformReason } from "../../schema/files.ts";
import { DatasetError } from "./example.ts";
import { SHARD } from "./row_ids.ts";
import { DATA_FILE } from "./rows.ts";

/** Words for the usual splits (as `datasets` reads them). */
const SPLITS: Readonly<Record<string, string>> = {
  train: "train",
  training: "train",
  validation: "validation",
  valid: "validation",
  val: "validation",
  dev: "validation",
  test: "test",
  testing: "test",
  eval: "test",
  evaluation: "test",
};

/** Files that the library `datasets` and the Hub put beside the data. */
const BESIDE = /^(?:dataset_infos?|dataset_dict|state|config)\.json$/;

/** A split of one name or another. */
export const canonicalSplit = (split: string): string =>
  Object.hasOwn(SPLITS, split) ? SPLITS[split]! : split;

/** The usual split that a name has a word for. */
const splitIn = (name: string): string | undefined =>
  name.toLowerCase().split(/[-._ \d]+/).map((word) =>
    Object.hasOwn(SPLITS, word) ? SPLITS[word] : undefined
  ).find((split) => split !== undefined);

/** Which split of which configuration a file belongs to; without a name for it, a file is for training, as on the Hub. */
export function placeOf(file: string): { readonly config: string; readonly split: string } {
  const folders = file.split("/");
  const stem = folders.pop()!.replace(DATA_FILE, "");
  const inFolders = folders.findLast((folder) => Object.hasOwn(SPLITS, folder));
  // any name may stand before the number of one of several files
  const split = inFolders ?? (SHARD.test(stem) ? stem.replace(SHARD, "") : splitIn(stem));
  const config = folders.filter((folder) => folder !== inFolders && folder !== "data").join("/");
  return { config: config || "default", split: canonicalSplit(split ?? "train") };
}

/**
 * The files of a split, or what is wrong with the choice.
 *
 * @param files paths in the folder
 */
export function filesOf(
  files: readonly string[],
  { split = "test", config }: { readonly split?: string; readonly config?: string },
): Either.Either<readonly string[], string> {
  const placed = files.toSorted().map((file) => ({ file, ...placeOf(file) }));
  const configs = [...new Set(placed.map((each) => each.config))];
  const list = configs.join(", ");
  if (config !== undefined && !configs.includes(config)) {
    return Either.left(`it has no configuration '${config}' (it has: ${list})`);
  }
  const chosen = config ?? (configs.includes("default") ? "default" : configs[0]!);
  if (config === undefined && chosen !== "default" && configs.length > 1) {
    return Either.left(`it has several configurations: give one of ${list} by --config`);
  }
  const ofConfig = placed.filter((each) => each.config === chosen);
  const found = ofConfig.filter((each) => each.split === canonicalSplit(split));
  if (found.length === 0) {
    const splits = [...new Set(ofConfig.map((each) => each.split))].join(", ");
    return Either.left(`it has no split '${split}' (it has: ${splits})`);
  }
  const names = found.map(({ file }) => file);
  const formats = new Set(names.map((file) => DATA_FILE.exec(file)![0].toLowerCase()));
  const areShards = names.length === 1 || names.every((file) => /\d/.test(file));
  return formats.size === 1 && areShards ? Either.right(names) : Either.left(
    `several files may be its split '${split}': give one of ${names.slice(0, 5).join(", ")}`,
  );
}

/** Entries that are looked at, and how deep. */
const [MOST_ENTRIES, DEEPEST] = [20_000, 4];

/** Data files of a folder and of those in it, by their paths from it; others of large datasets that are not read. */
export function listFiles(
  folder: string,
): Effect.Effect<
  { readonly files: readonly string[]; readonly others: readonly string[] },
  DatasetError,
  FileSystem.FileSystem
> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const [files, others]: [string[], string[]] = [[], []];
    const open = [""];
    let entries = 0;
    for (const below of open) {
      const names = yield* Effect.mapError(
        fs.readDirectory(`${folder}/${below}`),
        (error) => new DatasetError({ path: folder, reason: platformReason(error) }),
      );
      if ((entries += names.length) > MOST_ENTRIES) {
        const reason = `it has more than ${MOST_ENTRIES} entries: give the file itself`;
        return yield* new DatasetError({ path: folder, reason });
      }
      for (const name of names.filter((name) => !name.startsWith("."))) {
        const file = `${below}${name}`;
        if (DATA_FILE.test(name)) {
          if (!BESIDE.test(name)) files.push(file);
        } else if (/\.(?:arrow|zip|tar|zst|xz|bz2)$/i.test(name)) others.push(file);
        else if (file.split("/").length < DEEPEST) {
          const info = yield* Effect.orElseSucceed(
            fs.stat(`${folder}/${file}`),
            () => undefined,
          );
          if (info?.type === "Directory") open.push(`${file}/`);
        }
      }
    }
    return { files, others };
  });
}
