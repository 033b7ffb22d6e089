import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { load } from "../../lib/tokenizer/mod.ts";
import { effectTest } from "../support.ts";
import { changed, loadVector, TOKENIZERS, vector } from "./support.ts";

interface ExpectedText {
  readonly text: string;
  readonly ids: readonly number[];
  readonly ids_without_bos: readonly number[];
  readonly decoded_without_special: string;
}

for (const name of TOKENIZERS) {
  test(
    `encode() and decode() of ${name} agree with Hugging Face`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        const { texts } = JSON.parse(yield* fs.readFileString(`${vector(name)}/expected.json`)) as {
          readonly texts: readonly ExpectedText[];
        };
        const tokenizer = yield* loadVector(name);
        for (const { text, ids, ids_without_bos, decoded_without_special } of texts) {
          assert.equal(tokenizer.encode(text), ids, text);
          assert.equal(tokenizer.encode(text, { addSpecialTokens: false }), ids_without_bos, text);
          assert.is(tokenizer.decode(ids), decoded_without_special);
        }
      })
    ),
  );
}

/** As Hugging Face's tokenizers 0.23 encodes; @xenova/transformers alone does not. */
const rareCharacters: readonly (readonly [string, string, string, readonly number[]])[] = [
  ["digits of every script stand alone", "tokenizer_chatml", "\u00BD 2\u00B2", [
    129,
    124,
    223,
    20,
    129,
    113,
  ]],
  ["spaces before a wide digit stay together", "tokenizer_chatml", "  \uFF19", [
    268,
    174,
    123,
    250,
  ]],
  ["the byte-order mark is no white space", "tokenizer_llama3", "a  \uFEFFb", [
    0,
    67,
    223,
    223,
    174,
    122,
    126,
    68,
  ]],
  ["NEL is white space", "tokenizer_chatml", "a  \u0085", [67, 268, 129, 230]],
];
for (const [title, name, text, ids] of rareCharacters) {
  test(
    `encode(): ${title}`,
    effectTest(() => Effect.map(loadVector(name), (t) => assert.equal(t.encode(text), ids))),
  );
}

test(
  "decode() keeps the byte-order mark of byte fallback",
  effectTest(() =>
    Effect.map(loadVector("tokenizer_sentencepiece"), (tokenizer) => {
      assert.is(tokenizer.decode([1, 304, 242, 190, 194, 281]), "\uFEFFa");
    })
  ),
);

const metaspaces: readonly (readonly [object, readonly number[]])[] = [
  [{ prepend_scheme: "first", split: false }, [1, 308, 304, 324, 2, 283]],
  [{ prepend_scheme: "first" }, [1, 308, 304, 324, 2, 283]],
  [{ prepend_scheme: "always" }, [1, 308, 304, 324, 2, 325]],
  [{ prepend_scheme: "never" }, [1, 281, 304, 324, 2, 283]],
];
for (const [options, ids] of metaspaces) {
  test(
    `load() knows a Metaspace with ${JSON.stringify(options)}`,
    effectTest(() =>
      Effect.gen(function* () {
        const directory = yield* changed("tokenizer_sentencepiece", (json) => {
          json.normalizer = null;
          json.pre_tokenizer = { type: "Metaspace", replacement: "\u2581", ...options };
        });
        const tokenizer = yield* load(directory);
        assert.equal(tokenizer.encode("a  b</s>c"), ids);
      })
    ),
  );
}

test(
  "encode() takes the longest of the added tokens that match",
  effectTest(() =>
    Effect.gen(function* () {
      const added = {
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: false,
      };
      const directory = yield* changed("tokenizer_llama3", (json) => {
        json.added_tokens.push({ ...added, id: 320, content: "<|e" }, {
          ...added,
          id: 321,
          content: "<|en",
        });
      });
      const tokenizer = yield* load(directory);
      assert.equal(tokenizer.encode("<|en <|e"), [0, 321, 223, 320]);
      assert.is(tokenizer.vocabSize, 322);
    })
  ),
);

test(
  "decode() passes over ids that a model's padded vocabulary has beyond the tokenizer's",
  effectTest(() =>
    Effect.map(loadVector("tokenizer_chatml"), (tokenizer) => {
      const ids = tokenizer.encode("two words");
      assert.is(tokenizer.decode([...ids, tokenizer.vocabSize, 999_999]), "two words");
      assert.is(tokenizer.decode([]), "");
    })
  ),
);

test.run();
