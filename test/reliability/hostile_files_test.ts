import { FileSystem } from "@effect/platform";
import type { NodeContext } from "@effect/platform-node";
import { Duration, Effect, Either, type Scope, Stream } from "effect";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Journal } from "../../lib/run/mod.ts";
import { Sample } from "../../lib/results/mod.ts";
import { Checkpoint } from "../../lib/model/mod.ts";
import { loadPrompt } from "../../lib/prompt/mod.ts";
import { examples, gsm8k, inChat } from "../../lib/task/mod.ts";
import { load } from "../../lib/tokenizer/mod.ts";
import { tinyModel } from "../fixtures.ts";
import { dpc, start } from "../programs.ts";
import { effectTest } from "../support.ts";

type Services = NodeContext.NodeContext | Scope.Scope;
interface Failure {
  readonly message: string;
}

/** What a folder is spoiled by, what then reads it, and what that says. */
const refused = (
  what: string,
  spoil: (folder: string) => Effect.Effect<unknown, unknown, Services>,
  read: (folder: string) => Effect.Effect<unknown, Failure, Services>,
  says: RegExp,
) =>
  test(
    `${what}: one line, soon`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        const folder = yield* fs.makeTempDirectoryScoped();
        yield* tinyModel(`${folder}/model`);
        yield* spoil(folder);
        const { message } = yield* Effect.flip(Effect.scoped(read(folder)));
        assert.match(message, says);
        assert.not.match(message, "\n");
      })
    ),
  );

const write = (file: string, text: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.writeFileString(file, text));
const link = (target: string, at: string) =>
  Effect.flatMap(
    FileSystem.FileSystem,
    (fs) => Effect.zipRight(fs.remove(at, { force: true }), fs.symlink(target, at)),
  );
/** A named pipe, which whoever opens it waits for. */
const pipe = (at: string) =>
  Effect.zipRight(
    Effect.flatMap(FileSystem.FileSystem, (fs) => fs.remove(at, { force: true })),
    Effect.sync(() => assert.is(spawnSync("mkfifo", [at]).status, 0)),
  );
const model = (folder: string) => Checkpoint.open(`${folder}/model`);
const tokenizer = (folder: string) => load(`${folder}/model`);
const dataset = (folder: string) =>
  Stream.runDrain(examples(gsm8k, { path: `${folder}/data.jsonl` }));
const run = (folder: string) => Journal.open(folder, { config: {}, schema: Sample });

/** Rewrites tokenizer.json of the model. */
const change = (folder: string, parts: object) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const file = `${folder}/model/tokenizer.json`;
    const json = JSON.parse(yield* fs.readFileString(file));
    yield* fs.writeFileString(file, JSON.stringify({ ...json, ...parts }));
  });
/** A pattern that takes twice as long for each further letter. */
const ENDLESS = {
  pre_tokenizer: {
    type: "Split",
    pattern: { Regex: "(\\w+)+!" },
    behavior: "Isolated",
    invert: false,
  },
};

for (const name of ["model.safetensors", "config.json"]) {
  const isNoFile = /^Cannot read '\S+' as it is not a regular file$/;
  refused(`a named pipe as ${name}`, (folder) => pipe(`${folder}/model/${name}`), model, isNoFile);
}
for (const name of ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]) {
  refused(
    `a named pipe as ${name}`,
    (folder) => pipe(`${folder}/model/${name}`),
    tokenizer,
    /it is not a regular file$/,
  );
}
refused(
  "a named pipe as a dataset",
  (folder) => pipe(`${folder}/data.jsonl`),
  dataset,
  /it is not a regular file/,
);
refused(
  "a named pipe as samples.jsonl",
  (folder) => pipe(`${folder}/samples.jsonl`),
  run,
  /it is not a regular file: choose another directory$/,
);
refused(
  "a dataset's file that is a link out of its folder",
  (folder) =>
    Effect.zipRight(
      Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeDirectory(`${folder}/gsm8k`)),
      Effect.zipRight(
        write(`${folder}/secret`, "x"),
        link("/etc/passwd", `${folder}/gsm8k/test.jsonl`),
      ),
    ),
  (folder) => Stream.runDrain(examples(gsm8k, { path: folder })),
  /gsm8k\/test.jsonl': it is a link that leaves '\S+': give the file itself/,
);
for (const name of ["adapter_config.json", "adapter_model.safetensors", "dpc.json"]) {
  refused(
    `a prompt's ${name} that is a link out of its folder`,
    (folder) => link("/etc/passwd", `${folder}/${name}`),
    (folder) => loadPrompt(folder, { hiddenSize: 16, layers: 2, kvHeads: 2, headDim: 8 }),
    new RegExp(`as its '${name}' is a link that leaves it$`),
  );
}
for (const [what, target] of [["a file", "victim"], ["nothing", "new"]] as const) {
  test(
    `samples.jsonl that is a link to ${what} elsewhere is refused before anything is cut or made`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        const folder = yield* fs.makeTempDirectoryScoped();
        const directory = `${folder}/run`;
        yield* fs.makeDirectory(directory);
        yield* write(`${folder}/victim`, "a line without an end looks torn");
        yield* write(`${directory}/run.json`, '{"format":1,"config":{},"sessions":[]}');
        yield* link(`../${target}`, `${directory}/samples.jsonl`);
        const { message } = yield* Effect.flip(Effect.scoped(run(directory)));
        assert.match(message, /samples.jsonl' as it is a link: choose another directory$/);
        assert.is(yield* fs.readFileString(`${folder}/victim`), "a line without an end looks torn");
        assert.not.ok(yield* fs.exists(`${folder}/new`));
      })
    ),
  );
}

test(
  "a run directory that is deleted while a run writes to it ends the run, by its next example",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const directory = `${yield* fs.makeTempDirectoryScoped()}/run`;
      const journal = yield* run(directory);
      yield* fs.remove(directory, { recursive: true });
      const texts = { example: "e", prompt: "p", question: "q", gold: "1", promptText: "q" };
      const sample: Sample = { id: "e@p", ...texts, strata: {}, arms: {}, flow: null };
      const { message } = yield* Effect.flip(journal.append(sample));
      assert.match(message, /samples.jsonl' as it was deleted while the run wrote to it$/);
    })
  ),
);

refused(
  "JSON that would take twenty times its size",
  (folder) =>
    write(
      `${folder}/model/tokenizer_config.json`,
      `{"chat_template":[${"{},".repeat(6e6)}{}]}`,
    ),
  tokenizer,
  /it may have at most 16777216 bytes: found 18000022$/,
);
refused(
  "an index of 100,000 shards that are missing",
  (folder) =>
    Effect.flatMap(FileSystem.FileSystem, (fs) =>
      Effect.zipRight(
        fs.remove(`${folder}/model/model.safetensors`),
        write(
          `${folder}/model/model.safetensors.index.json`,
          JSON.stringify({
            weight_map: Object.fromEntries(
              Array.from({ length: 100_000 }, (_, i) => [`t${i}`, `s${i}`]),
            ),
          }),
        ),
      )),
  model,
  /as shard 's0' is missing \(100000 of 100000 are\); download it again$/,
);
refused(
  "a tokenizer whose normalizer doubles a text fifty times",
  (folder) =>
    change(folder, {
      normalizer: {
        type: "Sequence",
        normalizers: Array(50).fill({ type: "Replace", pattern: { String: "a" }, content: "aa" }),
      },
    }),
  tokenizer,
  /its replacements make a text \d+ times longer\)$/,
);

test(
  "a tokenizer's pattern that searches for ever fails its text, and no other",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      yield* tinyModel(`${folder}/model`);
      yield* change(folder, ENDLESS);
      const { encode } = yield* tokenizer(folder);
      assert.throws(
        () => encode("a".repeat(60)),
        /^it does not end within 2 s and 1024 MiB of memory$/,
      );
      assert.ok(encode("Tom has 3 apples!").length > 0);
    }), 120),
);

/** Parts of tokenizer.json that would take minutes or all memory, each with a text that shows it. */
const HOSTILE: Readonly<Record<string, readonly [parts: object, text: string]>> = {
  "replaces nothing": [
    { normalizer: { type: "Replace", pattern: { String: "" }, content: "x".repeat(1e6) } },
    "Tom",
  ],
  "replaces by a pattern's own signs": [
    { normalizer: { type: "Replace", pattern: { String: "a" }, content: "$`$'$&" } },
    "a".repeat(20_000),
  ],
  "puts 20 MB before each text": [
    { normalizer: { type: "Prepend", prepend: "x".repeat(2e7) } },
    "Tom",
  ],
  "has a Metaspace that is a pattern": [
    { pre_tokenizer: { type: "Metaspace", replacement: "*", prepend_scheme: "always" } },
    " ".repeat(50_000),
  ],
  "has 20,000 parts": [
    { normalizer: { type: "Sequence", normalizers: Array(20_000).fill({ type: "NFC" }) } },
    "Tom",
  ],
  "has tokens that take the spaces around them": [
    {
      added_tokens: ["a", "b"].map((content, id) => ({
        id,
        content,
        single_word: false,
        lstrip: true,
        rstrip: true,
        normalized: false,
        special: false,
      })),
    },
    `${" ".repeat(200_000)}${"a b".repeat(50_000)}`,
  ],
  "is a Unigram of all lengths": [
    {
      pre_tokenizer: null,
      model: {
        type: "Unigram",
        unk_id: 0,
        vocab: Array.from({ length: 4000 }, (_, i) => ["a".repeat(i + 1), -i]),
      },
    },
    "a".repeat(200_000),
  ],
};

for (const [what, [parts, text]] of Object.entries(HOSTILE)) {
  test(
    `a tokenizer that ${what} is refused, or its text is read or fails within seconds`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        const folder = yield* fs.makeTempDirectoryScoped();
        yield* tinyModel(`${folder}/model`);
        yield* change(folder, parts);
        const begun = process.cpuUsage();
        const read = yield* Effect.either(tokenizer(folder));
        if (Either.isLeft(read)) assert.not.match(read.left.message, "\n");
        else {
          try {
            assert.ok(read.right.encode(text).length > 0);
          } catch (error) {
            assert.match(String(error), /it does not end within 2 s/);
          }
        }
        const { user, system } = process.cpuUsage(begun);
        assert.ok((user + system) / 1e6 < 20, `took ${(user + system) / 1e6} s`);
        assert.ok(process.memoryUsage.rss() < 2 ** 31);
      }), 120),
  );
}

test(
  "a text longer than any model reads is refused before it is split",
  effectTest(() =>
    Effect.gen(function* () {
      const { encode } = yield* load("data/model");
      assert.throws(() => encode("a".repeat(2 ** 20 + 1)), /^a text may have at most 1048576/);
    })
  ),
);

test(
  "evaluate: SIGINT ends it within five seconds in the midst of texts that a tokenizer searches for ever",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const folder = yield* fs.makeTempDirectoryScoped();
      yield* tinyModel(`${folder}/model`);
      yield* change(folder, ENDLESS);
      const row = { question: "a".repeat(60), answer: "#### 1" };
      yield* write(`${folder}/data.jsonl`, `${JSON.stringify(row)}\n`.repeat(10));
      const child = yield* start(dpc(
        ...["evaluate", "--model", `${folder}/model`, "--task", "gsm8k", "--arms", "base"],
        ...["--data", `${folder}/data.jsonl`, "--run", `${folder}/run`, "--max-errors", "1000"],
      ));
      yield* child.said("model: ");
      yield* Effect.sleep(1000);
      assert.ok(child.isRunning(), child.written());
      yield* child.signal("SIGINT");
      const [elapsed, { signal, errors }] = yield* Effect.timed(child.ended);
      assert.is(signal, "SIGINT", errors);
      assert.ok(Duration.toSeconds(elapsed) < 5, Duration.format(elapsed));
    }), 300),
);

for (
  const [what, template] of [
    ["begins with 200,000 spaces", `${" ".repeat(200_000)}{{ messages }}`],
    [
      "fills the memory",
      "{% set ns = namespace(t='xxxxxxxx') %}" +
      "{% for i in range(40) %}{% set ns.t = ns.t + ns.t %}{% endfor %}{{ ns.t | upper | length }}",
    ],
    [
      "makes a list of a million lists",
      "{% set ns = namespace(a=range(100000)) %}" +
      "{% for i in range(100000) %}{% set ns.a = [ns.a, ns.a, range(100000)] %}{% endfor %}",
    ],
  ] as const
) {
  test(
    `a chat template that ${what} is read or refused within seconds`,
    effectTest(() =>
      Effect.sync(() => {
        const begun = process.cpuUsage();
        const chat = inChat({ template, bosToken: "", eosToken: "" });
        if (Either.isLeft(chat)) assert.not.match(chat.left.message, "\n");
        const { user, system } = process.cpuUsage(begun);
        assert.ok((user + system) / 1e6 < 20, `took ${(user + system) / 1e6} s`);
        assert.ok(process.memoryUsage.rss() < 2 ** 31);
      }), 120),
  );
}

test(
  "a chat template that loops for ever is refused",
  effectTest(() =>
    Effect.sync(() => {
      const depth = 40;
      const template = "{% for a in [1, 2, 3, 4, 5, 6, 7, 8] %}".repeat(depth) +
        "{% endfor %}".repeat(depth);
      const chat = inChat({ template, bosToken: "", eosToken: "" });
      assert.is(
        Either.isLeft(chat) && chat.left.message,
        "Cannot use the checkpoint's chat template: it does not end within 2 s and 256 MiB of memory",
      );
    }), 120),
);

test.run();
