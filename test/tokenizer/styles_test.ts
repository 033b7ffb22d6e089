import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { load } from "../../lib/tokenizer/mod.ts";
import { effectTest } from "../support.ts";
import { vector } from "./support.ts";

/** A tokenizer.json, and for each of the texts the ids and, where it is another text, what they decode to. */
interface Style {
  readonly tokenizer: unknown;
  readonly rows: readonly (readonly [readonly number[], string?])[];
}

// deno-lint-ignore no-explicit-any -- what a tokenizer.json holds is the vectors' business
type Json = any;

/** A tokenizer.json, and changes of it with what they make of each of the texts: 0 is what it is without any, the first row. */
interface Parts {
  readonly base: Json;
  readonly texts: readonly string[];
  readonly rows: readonly (readonly [string, Json, readonly (Style["rows"][number] | 0)[]])[];
}

const STYLES = [
  "gpt2",
  "llama2",
  "llama3",
  "mistral_always",
  "mistral_first",
  "mistral_never",
  "smollm2",
  "qwen2",
  "deepseek",
  "gemma",
  "tekken",
  "unigram",
  "unigram_bytes",
  "wordlevel",
];

const read = <A>(name: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    return JSON.parse(yield* fs.readFileString(vector(`tokenizers/${name}.json`))) as A;
  });

/** Loads a tokenizer.json from a folder of its own. */
const loaded = (json: unknown) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const directory = yield* fs.makeTempDirectoryScoped();
    yield* fs.writeFileString(`${directory}/tokenizer.json`, JSON.stringify(json));
    return yield* load(directory);
  });

for (const name of STYLES) {
  test(
    `encode() and decode() in the style of ${name} are those of tokenizers 0.23`,
    effectTest(() =>
      Effect.gen(function* () {
        const texts = yield* read<readonly string[]>("texts");
        const { tokenizer, rows } = yield* read<Style>(name);
        const { encode, decode } = yield* loaded(tokenizer);
        assert.ok(texts.length >= 200);
        assert.equal(
          texts.map((text) => ({ text, ids: encode(text), decoded: decode(encode(text)) })),
          texts.map((text, i) => ({ text, ids: rows[i]![0], decoded: rows[i]![1] ?? text })),
        );
      })
    ),
  );
}

/** The base, with a key of its model (`model.KEY`), tokens to add (`add`), or a part changed. */
function changed(base: Json, change: Json): Json {
  const json = structuredClone(base);
  for (const [key, value] of Object.entries(change)) {
    if (key === "add") {
      const id = Object.keys(json.model.vocab).length;
      json.added_tokens.push(...(value as Json[]).map((token) => ({ id, ...token })));
    } else if (key.startsWith("model.")) json.model[key.slice("model.".length)] = value;
    else json[key] = value;
  }
  return json;
}

test(
  "encode() and decode() of every part of tokenizer.json are those of tokenizers 0.23",
  effectTest(() =>
    Effect.gen(function* () {
      const { base, texts, rows } = yield* read<Parts>("parts");
      for (const [title, change, expected] of rows) {
        const { encode, decode } = yield* loaded(changed(base, change));
        const what = `${title}: ${JSON.stringify(change).slice(0, 200)}`;
        texts.forEach((text, i) => {
          const [ids, decoded = text] = expected[i] || rows[0]![2][i] as Style["rows"][number];
          const found = { text, ids: encode(text), decoded: decode(ids) };
          assert.equal(found, { text, ids, decoded }, what);
        });
      }
    })
  ),
);

test.run();
