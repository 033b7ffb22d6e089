import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tokenizerOf } from "../../../lib/model/gguf/tokenizer.ts";
import { load } from "../../../lib/tokenizer/mod.ts";
import { effectTest } from "../../support.ts";
import { vector } from "../support.ts";

/** A tokenizer.json, and for each of the texts the ids and, where it is another text, what they decode to. */
interface Style {
  readonly tokenizer: {
    readonly model: {
      readonly vocab: Readonly<Record<string, number>>;
      readonly merges: readonly (readonly [string, string])[];
    };
    readonly added_tokens: readonly { readonly id: number; readonly special: boolean }[];
  };
  readonly rows: readonly (readonly [readonly number[], string?])[];
}

/** Styles among the vectors by what llama.cpp calls them: the kind of model, and how texts are split. */
const STYLES: readonly (readonly [style: string, model: string, pre?: string])[] = [
  ["gpt2", "gpt2", "gpt-2"],
  ["smollm2", "gpt2", "smollm"],
  ["llama3", "gpt2", "llama-bpe"],
  ["qwen2", "gpt2", "qwen2"],
  ["tekken", "gpt2", "tekken"],
  ["llama2", "llama"],
];

/** What llama.cpp's converter writes of a tokenizer.json. */
function metadataOf(
  { model: { vocab, merges }, added_tokens: added }: Style["tokenizer"],
  kind: string,
  pre?: string,
) {
  const tokens = Object.entries(vocab).sort((a, b) => a[1] - b[1]).map(([token]) => token);
  const special = new Set(added.map(({ id }) => id));
  const typeOf = (token: string, id: number) =>
    token === "<unk>" ? 2 : special.has(id) ? 3 : /^<0x..>$/.test(token) ? 6 : 1;
  return {
    "tokenizer.ggml.model": kind,
    "tokenizer.ggml.pre": pre ?? "default",
    "tokenizer.ggml.tokens": tokens,
    "tokenizer.ggml.token_type": tokens.map(typeOf),
    "tokenizer.ggml.bos_token_id": Math.max(0, tokens.indexOf("<s>")),
    "tokenizer.ggml.unknown_token_id": 0,
    ...(kind === "llama"
      // as SentencePiece scores the tokens of a BPE model: by the order of their merges
      ? { "tokenizer.ggml.scores": tokens.map((_, id) => -id) }
      : { "tokenizer.ggml.merges": merges.map((merge) => merge.join(" ")) }),
  };
}

for (const [style, kind, pre] of STYLES) {
  test(
    `tokenizerOf() of a file in the style of ${style} reads texts as the tokenizer.json that it was made of`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        const read = (name: string) =>
          Effect.map(fs.readFileString(vector(`tokenizers/${name}.json`)), JSON.parse);
        const texts: readonly string[] = yield* read("texts");
        const { tokenizer, rows }: Style = yield* read(style);
        const files = yield* tokenizerOf(metadataOf(tokenizer, kind, pre));
        const directory = yield* fs.makeTempDirectoryScoped();
        for (const [name, content] of Object.entries(files)) {
          yield* fs.writeFileString(`${directory}/${name}`, JSON.stringify(content));
        }
        const { encode, decode } = yield* Effect.orDie(load(directory));
        const wrong = texts.map((text, i) => ({
          text,
          found: [encode(text), decode(encode(text))],
          expected: [rows[i]![0], rows[i]![1] ?? text],
        })).filter(({ found, expected }) => JSON.stringify(found) !== JSON.stringify(expected));
        assert.ok(texts.length >= 200);
        assert.equal(wrong, []);
      })
    ),
  );
}

test.run();
