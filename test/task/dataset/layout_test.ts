import { FileSystem } from "@effect/platform";
import { Chunk, Effect, Either, Stream } from "effect";
import { env } from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  datasetCommit,
  type DatasetError,
  examples,
  type ExamplesOptions,
  gsm8k,
  hashDataset,
} from "../../../lib/task/mod.ts";
import { filesOf, placeOf } from "../../../lib/task/dataset/layout.ts";
import { effectTest } from "../../support.ts";

const PLACES: readonly (readonly [file: string, config: string, split: string])[] = [
  ["data/test-00000-of-00001.parquet", "default", "test"],
  ["main/train-00000-of-00002.parquet", "main", "train"],
  ["socratic/data/dev-00000-of-00001.parquet", "socratic", "validation"],
  ["20220301.en/train/0000.parquet", "20220301.en", "train"],
  ["data/train_sft-00000-of-00001.parquet", "default", "train_sft"],
  ["gsm8k_test.jsonl.gz", "default", "test"],
  ["questions.csv", "default", "train"],
  ["latest.csv", "default", "train"],
];

test("placeOf() reads configuration and split off a file's name, as the Hub does", () => {
  for (const [file, config, split] of PLACES) assert.equal(placeOf(file), { config, split }, file);
});

test("filesOf() refuses a choice that names no files, or several ways to one split", () => {
  const wrong = (files: readonly string[], choice: { split?: string; config?: string }) =>
    Either.getOrThrow(Either.flip(filesOf(files, choice)));
  const two = ["a/test.csv", "b/train.csv"];
  assert.match(wrong(two, {}), /several configurations: give one of a, b by --config/);
  assert.match(wrong(two, { config: "c" }), /no configuration 'c' \(it has: a, b\)/);
  assert.match(wrong(two, { config: "b" }), /no split 'test' \(it has: train\)/);
  assert.match(
    wrong(["test.csv", "data/test.jsonl"], {}),
    /give one of data\/test.jsonl, test.csv/,
  );
});

const row = (n: number) => JSON.stringify({ question: `What is ${n}?`, answer: `#### ${n}` });

const ids = (options: ExamplesOptions) =>
  Effect.map(
    Stream.runCollect(examples(gsm8k, options)),
    (all) => Chunk.toReadonlyArray(all).map(({ id, gold }) => `${id}=${gold}`),
  );
const failure = (options: ExamplesOptions): Effect.Effect<string, unknown, FileSystem.FileSystem> =>
  Effect.map(Effect.flip(ids(options)), (error: DatasetError) => error.message);

/** Writes files below a temporary folder. */
const folderOf = (files: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = yield* fs.makeTempDirectoryScoped();
    for (const [name, text] of Object.entries(files)) {
      yield* fs.makeDirectory(`${folder}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
      yield* fs.writeFileString(`${folder}/${name}`, text);
    }
    return folder;
  });

const FILES = {
  "README.md": "",
  "dataset_infos.json": "{}",
  ".cache/test.jsonl": row(99),
  "main/train-00000-of-00001.jsonl": row(0),
  "main/test-00000-of-00002.jsonl": `${row(1)}\n${row(2)}`,
  "main/test-00001-of-00002.jsonl": row(3),
  "socratic/test-00000-of-00001.jsonl": row(4),
};

test(
  "examples() reads a downloaded dataset by split and configuration, all files of a split as one",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* folderOf(FILES);
      const main = { path, config: "main" };
      assert.equal(yield* ids(main), ["test-0=1", "test-1=2", "test-2=3"]);
      assert.equal((yield* ids({ ...main, shuffleSeed: 2 })).toSorted(), yield* ids(main));
      assert.equal(yield* ids({ ...main, split: "train" }), ["train-0=0"]);
      assert.equal(yield* ids({ path: `${path}/`, config: "socratic" }), ["test-0=4"]);
      assert.match(yield* failure({ path }), /give one of main, socratic by --config/);
      const hash = yield* hashDataset(gsm8k, main);
      assert.match(hash, /^[0-9a-f]{64}$/);
      assert.is.not(yield* hashDataset(gsm8k, { path, config: "socratic" }), hash);
    })
  ),
);

/** A card whose front matter says this of the configurations. */
const card = (configs: string) =>
  `---\nlicense: mit\nconfigs:\n${configs}\ndataset_info:\n  x: 1\n---\n# Card`;

const ODD_NAMES = {
  "odd/part-1.jsonl": row(1),
  "odd/part-2.jsonl": row(2),
  "odd/deep/er/part-3.jsonl": row(3),
  "test-00000-of-00001.jsonl": row(4),
};

test(
  "examples() follows the configurations of a README.md before the names of files",
  effectTest(() =>
    Effect.gen(function* () {
      const configs = [
        "- config_name: main",
        "  default: true",
        "  data_files:",
        "  - split: test",
        "    path: odd/part-[!2].jsonl",
        "  - split: train",
        '    path: ["odd/**/part-3.jsonl", "odd/part-2.jsonl"]',
        "- config_name: flat",
        "  data_files: test-*.jsonl",
        "- config_name: named",
        "  data_files:",
        "    dev: odd/**",
        "    lost: nowhere/*",
        "- config_name: folder",
        "  data_dir: odd",
      ].join("\n");
      const path = yield* folderOf({ ...ODD_NAMES, "README.md": card(configs) });
      assert.equal(yield* ids({ path }), ["part-1-0=1"]);
      assert.equal(yield* ids({ path, split: "train" }), ["part-3-0=3", "part-3-1=2"]);
      assert.equal(yield* ids({ path, config: "flat", split: "train" }), ["test-0=4"]);
      const named = { path, config: "named" };
      assert.is((yield* ids({ ...named, split: "dev" })).length, 3);
      assert.is((yield* ids({ ...named, split: "validation" })).length, 3);
      assert.is((yield* ids({ path, config: "folder", split: "train" })).length, 3);
      assert.match(yield* failure(named), /no split 'test' \(it has: dev, lost\)/);
      assert.match(
        yield* failure({ ...named, split: "lost" }),
        /names files for split 'lost' that/,
      );
      assert.match(yield* failure({ path, config: "x" }), /it has: main, flat, named, folder/);
    })
  ),
);

test(
  "examples() says what is wrong with a card, and passes one over that has no configurations",
  effectTest(() =>
    Effect.gen(function* () {
      const withCard = (text: string) => folderOf({ ...ODD_NAMES, "README.md": text });
      const two = "- config_name: a\n  data_files: x\n- config_name: b\n  data_files: y";
      assert.match(
        yield* failure({ path: yield* withCard(card(two)) }),
        /several configurations: give one of a, b by --config/,
      );
      for (const wrong of ["- config_name: 5\n  data_files: {", "  a: 1", "- data_files: [[1]]"]) {
        const path = yield* withCard(card(wrong));
        assert.match(
          yield* failure({ path }),
          /README\.md': its front matter has no valid configs/,
        );
      }
      for (const none of ["# Card", "---\nlicense: mit\n---\n", "---\nconfigs: []\n---\n"]) {
        assert.equal(yield* ids({ path: yield* withCard(none) }), ["test-0=4"], none);
      }
      // a pattern that takes a backtracking matcher longer than anybody waits
      const slow = `- data_files: "${"*a".repeat(40)}b"`;
      const path = yield* folderOf({
        [`${"a".repeat(200)}.jsonl`]: row(1),
        "README.md": card(slow),
      });
      assert.match(yield* failure({ path, split: "train" }), /names files for split 'train' that/);
    })
  ),
);

test(
  "examples() reads a folder that `fetch` has filled by its task's usual name alone",
  effectTest(() =>
    Effect.gen(function* () {
      const path = yield* folderOf({ "aqua/test.json": row(1) });
      assert.match(yield* failure({ path }), /gsm8k\/test\.jsonl': there is no such file/);
      const arrow = yield* folderOf({ "test/data-00000-of-00001.arrow": "" });
      assert.match(yield* failure({ path: arrow }), /but 'test\/data-00000-of-00001\.arrow'/);
    })
  ),
);

test(
  "examples() finds org/name in the Hugging Face cache, whose links stay in it",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const commit = "a".repeat(40);
      const cache = yield* folderOf({
        "datasets--org--name/blobs/b": row(5),
        "datasets--org--name/refs/main": commit,
        "outside.jsonl": row(6),
      });
      const folder = `${cache}/datasets--org--name/snapshots/${commit}`;
      yield* fs.makeDirectory(`${folder}/data`, { recursive: true });
      yield* fs.symlink("../../../blobs/b", `${folder}/data/test-00000-of-00001.jsonl`);
      yield* fs.symlink("../../../../outside.jsonl", `${folder}/data/train-00000-of-00001.jsonl`);
      const { HF_HUB_CACHE: before } = env;
      env.HF_HUB_CACHE = cache;
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          if (before === undefined) delete env.HF_HUB_CACHE;
          else env.HF_HUB_CACHE = before;
        })
      );
      assert.equal(yield* ids({ path: "org/name" }), ["test-0=5"]);
      assert.equal(yield* ids({ path: `org/name@${commit}` }), ["test-0=5"]);
      for (const path of ["org/name", folder, `${folder}/data/test-00000-of-00001.jsonl`]) {
        assert.is(yield* datasetCommit(gsm8k, { path }), commit, path);
      }
      assert.is(yield* datasetCommit(gsm8k, { path: `${cache}/outside.jsonl` }), undefined);
      assert.match(
        yield* failure({ path: "org/name", split: "train" }),
        /it is a link that leaves/,
      );
      assert.match(yield* failure({ path: "org/other" }), /has no such dataset/);
      assert.match(yield* failure({ path: "org/name@v2" }), /not its revision 'v2'/);
    })
  ),
);

test.run();
