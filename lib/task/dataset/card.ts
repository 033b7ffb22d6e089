/**
 * Configurations and splits as a dataset's card says them: `configs:` in the front matter of its README.md, which goes before the names of
 * files, as the library `datasets` has it; the only import of yaml.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect, Either } from "effect";
import { decode, escapesDirectory, oneLine, Schema } from "../../schema/mod.ts";
import { DatasetError } from "./example.ts";
import { canonicalSplit, placeOf } from "./layout.ts";

/** The card's file. */
const CARD = "README.md";

/** Characters of a card that are looked at. */
const MOST_CHARACTERS = 2 ** 20;

const Patterns = Schema.Union(Schema.String, Schema.Array(Schema.String));
const Configs = Schema.Array(Schema.Struct({
  config_name: Schema.optionalWith(Schema.String, { default: () => "default" }),
  default: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  data_dir: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null }),
  data_files: Schema.optional(Schema.NullOr(Schema.Union(
    Patterns,
    Schema.Array(Schema.Struct({ split: Schema.String, path: Patterns })),
    Schema.Record({ key: Schema.String, value: Patterns }),
  ))),
}));

/** A configuration of the card. */
export interface CardConfig {
  readonly name: string;
  /** Whether it is the one that is meant where none is said. */
  readonly isDefault: boolean;
  /** Folder that its files are in; empty for the whole. */
  readonly folder: string;
  /** Patterns of each split's files; absent where the files' names tell the split. */
  readonly splits?: readonly (readonly [split: string, patterns: readonly string[]])[];
}

/** The configurations that the card of a folder says; none where it says none. */
export function readCard(
  folder: string,
): Effect.Effect<readonly CardConfig[], DatasetError, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = `${folder}/${CARD}`;
    const isThere = yield* Effect.orElseSucceed(fs.exists(path), () => false);
    if (!isThere || (yield* escapesDirectory(folder, CARD))) return [];
    const text = yield* Effect.orElseSucceed(fs.readFileString(path), () => "");
    const [, header] = /^\uFEFF?---\r?\n([^]*?)\r?\n---\s*(?:\n|$)/.exec(
      text.slice(0, MOST_CHARACTERS),
    ) ?? [];
    if (header === undefined || !/^configs\s*:/m.test(header)) return [];
    const { parse } = yield* Effect.promise(() => import("yaml"));
    const refuse = (reason: string) =>
      new DatasetError({
        path,
        reason: `its front matter has no valid configs: ${oneLine(reason)}`,
      });
    const value = yield* Effect.try({
      try: () => (parse(header) as { readonly configs?: unknown } | null)?.configs,
      catch: (error) => refuse(error instanceof Error ? error.message.split("\n")[0]! : ""),
    });
    const configs = yield* Effect.mapError(decode(Configs)(value ?? []), refuse);
    return configs.map(({ config_name: name, default: isDefault, data_dir, data_files }) => ({
      name,
      isDefault,
      folder: (data_dir ?? "").replace(/^\.?\/+|\/+$/g, "").replace(/^\.$/, ""),
      ...(data_files ? { splits: splitsOf(data_files) } : {}),
    }));
  });
}

type DataFiles = NonNullable<Schema.Schema.Type<typeof Configs>[number]["data_files"]>;

/** Patterns by split; those of no split are for training. */
function splitsOf(files: DataFiles): NonNullable<CardConfig["splits"]> {
  const list = (patterns: string | readonly string[]): readonly string[] =>
    typeof patterns === "string" ? [patterns] : patterns;
  if (typeof files === "string") return [["train", [files]]];
  if (!isList(files)) {
    return Object.entries(files).map(([split, patterns]) => [split, list(patterns)] as const);
  }
  const plain = files.filter((each) => typeof each === "string");
  return plain.length > 0
    ? [["train", plain]]
    : files.flatMap((each) =>
      typeof each === "string" ? [] : [[each.split, list(each.path)] as const]
    );
}

const isList = (files: DataFiles): files is Extract<DataFiles, readonly unknown[]> =>
  Array.isArray(files);

/**
 * The files of a split by the card, or what is wrong with the choice.
 *
 * @param files paths in the folder
 */
export function filesByCard(
  configs: readonly CardConfig[],
  files: readonly string[],
  { split = "test", config }: { readonly split?: string; readonly config?: string },
): Either.Either<readonly string[], string> {
  const names = configs.map(({ name }) => name).join(", ");
  const chosen = config === undefined
    ? configs.find(({ isDefault }) => isDefault) ?? configs.find(({ name }) =>
      name === "default"
    ) ??
      (configs.length === 1 ? configs[0] : undefined)
    : configs.find(({ name }) => name === config);
  if (chosen === undefined) {
    return Either.left(
      config === undefined
        ? `it has several configurations: give one of ${names} by --config`
        : `it has no configuration '${config}' (it has: ${names})`,
    );
  }
  const inside = chosen.folder === ""
    ? files
    : files.filter((file) => file.startsWith(`${chosen.folder}/`));
  const placed: readonly (readonly [string, readonly string[]])[] = chosen.splits === undefined
    ? inside.map((file) => [placeOf(file).split, [file]] as const)
    : chosen.splits.map(([name, patterns]) => {
      const wanted = patterns.map((pattern) => matcherOf(pattern, chosen.folder));
      return [name, inside.filter((file) => wanted.some((matches) => matches(file)))] as const;
    });
  const has = placed.map(([name]) => name);
  const name = has.includes(split) ? split : canonicalSplit(split);
  const found = placed.filter(([other]) => other === name || canonicalSplit(other) === name)
    .flatMap(([, matching]) => matching);
  return found.length > 0 ? Either.right([...new Set(found)].toSorted()) : Either.left(
    has.includes(name)
      ? `its README.md names files for split '${split}' that are not there`
      : `it has no split '${split}' (it has: ${[...new Set(has)].join(", ")})`,
  );
}

/** A part of a pattern: one character, or any number of them. */
interface Part {
  readonly accepts: (character: string) => boolean;
  readonly repeats: boolean;
  /** Where a match may also go on without it, in parts from it; 0 for nowhere. */
  readonly skip: number;
}

const one = (accepts: Part["accepts"]): Part => ({ accepts, repeats: false, skip: 0 });
const many = (accepts: Part["accepts"], skip = 1): Part => ({ accepts, repeats: true, skip });
const inFolder = (character: string) => character !== "/";

const WILD: Readonly<Record<string, readonly Part[]>> = {
  "**/": [many(() => true, 2), one((character) => character === "/")],
  "**": [many(() => true)],
  "*": [many(inFolder)],
  "?": [one(inFolder)],
};

/**
 * Whether a file's path is of a pattern as the Hub has them: `*` and `?` stay within a folder, `**` does not. In time that is linear in both,
 * as a card may say anything.
 */
function matcherOf(pattern: string, folder: string): (file: string) => boolean {
  const path = pattern.replace(/^(?:\.\/|\/)+/, "");
  const whole = folder === "" || path.startsWith(`${folder}/`) ? path : `${folder}/${path}`;
  const parts = (whole.match(/\*\*\/|\*\*|\*|\?|\[[^\]/]+\]|[^]/gu) ?? []).flatMap((text) =>
    WILD[text] ?? [one(text.startsWith("[") && text.length > 2 ? oneOf(text) : (c) => c === text)]
  );
  const reach = (states: ReadonlySet<number>) => {
    const all = new Set(states);
    for (const at of all) {
      const skip = parts[at]?.skip ?? 0;
      if (skip > 0) all.add(at + skip);
    }
    return all;
  };
  return (file) => {
    let states = reach(new Set([0]));
    for (const character of file) {
      const next = [...states].filter((at) => parts[at]?.accepts(character))
        .map((at) => parts[at]!.repeats ? at : at + 1);
      states = reach(new Set(next));
    }
    return states.has(parts.length);
  };
}

/** One of the characters in brackets, with ranges; or none of them, after an exclamation mark. */
function oneOf(brackets: string): Part["accepts"] {
  const [, not, content = ""] = /^\[(!?)(.*)\]$/s.exec(brackets)!;
  const ranges = [...content.matchAll(/(.)-(.)|(.)/gsu)]
    .map(([, from, to, single = ""]) => [from ?? single, to ?? single] as const);
  return (character) =>
    character !== "/" &&
    ranges.some(([from, to]) => from <= character && character <= to) === (not === "");
}
