import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { load, TokenizerError } from "../../lib/tokenizer/mod.ts";
import { effectTest } from "../support.ts";
import { changed, loadVector } from "./support.ts";

test(
  "load() takes chat_template.jinja before the template of tokenizer_config.json",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const config = JSON.stringify({ chat_template: "from the configuration" });
      const directory = yield* changed("tokenizer_llama3", () => {}, config);
      yield* fs.writeFileString(`${directory}/chat_template.jinja`, "from the file");
      assert.is((yield* load(directory)).chat!.template, "from the file");
    })
  ),
);

test(
  "load() needs no tokenizer_config.json, and reads the chat template from either place",
  effectTest(() =>
    Effect.gen(function* () {
      const bare = yield* load(yield* changed("tokenizer_llama3", () => {}));
      assert.is(bare.chat, undefined);
      assert.equal(bare.encode("a"), (yield* loadVector("tokenizer_llama3")).encode("a"));
      const config = JSON.stringify({
        chat_template: "{{ messages }}",
        eos_token: { content: "<|eot_id|>", special: true },
      });
      const { chat } = yield* load(yield* changed("tokenizer_llama3", () => {}, config));
      assert.equal(chat, {
        template: "{{ messages }}",
        bosToken: "",
        eosToken: "<|eot_id|>",
        otherTokens: {},
      });
      const named = [{ name: "tool_use", template: "a" }, { name: "default", template: "b" }];
      const several = JSON.stringify({ chat_template: named });
      const chosen = yield* load(yield* changed("tokenizer_llama3", () => {}, several));
      assert.is(chosen.chat!.template, "b");
      const beside = yield* loadVector("tokenizer_chatml");
      assert.match(beside.chat!.template, /im_start/);
      assert.is(beside.chat!.eosToken, "<|im_end|>");
      assert.equal(beside.chat!.otherTokens, {
        unk_token: "<|endoftext|>",
        pad_token: "<|im_end|>",
      });
    })
  ),
);

const splitAt = (pattern: string, behavior = "Isolated") => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior,
  invert: false,
});

// deno-lint-ignore no-explicit-any -- the test says what it holds
const refused: readonly (readonly [string, (json: any) => void, string])[] = [
  ["no model", (json) => delete json.model, "its content is wrong at model: is missing"],
  [
    "no vocabulary",
    (json) => delete json.model.vocab,
    "its content is wrong at model.vocab: is missing",
  ],
  [
    "no added tokens",
    (json) => delete json.added_tokens,
    "its content is wrong at added_tokens: is missing",
  ],
  [
    "an unknown model",
    (json) => json.model.type = "Magic",
    "its model must be BPE, Unigram, WordPiece or WordLevel: found Magic",
  ],
  [
    "an unknown splitter",
    (json) => json.pre_tokenizer = { type: "Magic" },
    "Unknown PreTokenizer type: Magic",
  ],
  [
    "a splitter without its list",
    (json) => json.pre_tokenizer = { type: "Sequence" },
    "tokenizer.json has a part that is not supported",
  ],
  [
    "a Split of an unknown behavior",
    (json) => json.pre_tokenizer = splitAt("a", "Magic"),
    "Unknown behavior of a split: Magic",
  ],
  [
    "a pattern with a class in a class",
    (json) => json.pre_tokenizer = splitAt("[a[bc]]"),
    "its pattern has a class in a class: [a[bc]]",
  ],
  [
    "a pattern with an intersection",
    (json) => json.pre_tokenizer = splitAt("[\\w&&a]"),
    "its pattern has a class in a class",
  ],
  [
    "a pattern whose option JavaScript takes otherwise",
    (json) => json.pre_tokenizer = splitAt("(?m:a.b)"),
    "its pattern has the option (?m:",
  ],
  [
    "a normalizer that is not computed",
    (json) => json.normalizer = { type: "Nmt" },
    "Unknown Normalizer type: Nmt",
  ],
  [
    "a splitter that is not computed",
    (json) => json.pre_tokenizer = { type: "UnicodeScripts" },
    "Unknown PreTokenizer type: UnicodeScripts",
  ],
  [
    "a decoder that is not computed",
    (json) => json.decoder = { type: "CTC" },
    "Unknown Decoder type: CTC",
  ],
  [
    "a post-processor that is not computed",
    (json) => json.post_processor = { type: "Magic" },
    "Unknown PostProcessor type: Magic",
  ],
  [
    "a template that lacks its token",
    (json) =>
      json.post_processor = {
        type: "TemplateProcessing",
        single: [{ SpecialToken: { id: "x", type_id: 0 } }],
        special_tokens: {},
      },
    "its template lacks x",
  ],
  [
    "a template that repeats a text",
    (json) =>
      json.post_processor = {
        type: "TemplateProcessing",
        single: [{ Sequence: { id: "A", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
        special_tokens: {},
      },
    "its template must hold a text once and few tokens around it",
  ],
  [
    "bytes of bytes of bytes",
    (json) =>
      json.normalizer = { type: "Sequence", normalizers: Array(50).fill({ type: "ByteLevel" }) },
    "its replacements make a text",
  ],
  [
    "a space of many characters",
    (json) => json.pre_tokenizer = { type: "Metaspace", replacement: "aa" },
    "the replacement of a Metaspace must be one character",
  ],
  ["a BPE with dropout", (json) => json.model.dropout = 0.1, "splits words at random (dropout)"],
  [
    "a BPE with a continuing_subword_prefix",
    (json) => json.model.continuing_subword_prefix = "##",
    "its BPE has a continuing_subword_prefix",
  ],
  [
    "a WordLevel without its unknown token",
    (json) => json.model = { type: "WordLevel", vocab: { a: 0 }, unk_token: "<unk>" },
    "its vocabulary lacks the token for unknown words: <unk>",
  ],
  [
    "a Unigram without its unknown token",
    (json) => json.model = { type: "Unigram", vocab: [["a", -1]], unk_id: null },
    "its Unigram model has no token for the unknown (unk_id)",
  ],
  [
    "a pattern that JavaScript lacks",
    (json) => json.pre_tokenizer = splitAt("(?>a)"),
    "Invalid regular expression",
  ],
];
for (const [title, edit, reason] of refused) {
  test(
    `load() refuses ${title}`,
    effectTest(() =>
      Effect.gen(function* () {
        const directory = yield* changed("tokenizer_llama3", edit);
        const error = yield* Effect.flip(load(directory));
        assert.instance(error, TokenizerError);
        assert.ok(
          error.message.startsWith(`Cannot load the tokenizer of '${directory}': `),
          error.message,
        );
        assert.ok(error.message.includes(reason), error.message);
        assert.not.match(error.message, /\n/);
      })
    ),
  );
}

test(
  "load() follows tokenizer.json against add_bos_token and add_eos_token, and says so in one line",
  effectTest(() =>
    Effect.gen(function* () {
      const tokens = { bos_token: "<|begin_of_text|>", eos_token: { content: "<|eot_id|>" } };
      const loaded = (config: object) =>
        Effect.flatMap(
          changed("tokenizer_llama3", () => {}, JSON.stringify({ ...tokens, ...config })),
          load,
        );
      for (
        const agreed of [{}, { add_bos_token: true, add_eos_token: false }, { add_bos_token: null }]
      ) {
        assert.equal((yield* loaded(agreed)).warnings, []);
      }
      const { warnings, encode } = yield* loaded({ add_bos_token: false, add_eos_token: true });
      assert.equal(encode("a"), [0, 67]);
      assert.is(warnings.length, 2);
      assert.match(
        warnings[0]!,
        /^tokenizer_config\.json of '\S+' sets add_bos_token to false, against tokenizer\.json: /,
      );
      assert.match(warnings[1]!, /add_eos_token to true/);
    })
  ),
);

test(
  "load() says what a folder without tokenizer.json has, and what to do",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      for (const name of ["tokenizer.model", "tekken.json", "vocab.json"]) {
        const directory = yield* fs.makeTempDirectoryScoped();
        yield* fs.writeFileString(`${directory}/${name}`, "");
        const { reason } = yield* Effect.flip(load(directory));
        assert.is(
          reason,
          `it has '${name}' but no tokenizer.json, which transformers writes: ` +
            `python -c "from transformers import AutoTokenizer as T; T.from_pretrained('${directory}').save_pretrained('${directory}')"`,
        );
      }
    })
  ),
);

test(
  "load() names a file that is missing or no JSON",
  effectTest(() =>
    Effect.gen(function* () {
      const missing = yield* Effect.flip(load("/nowhere"));
      assert.is(
        missing.message,
        "Cannot load the tokenizer of '/nowhere': Cannot read '/nowhere/tokenizer.json' as there is no such file",
      );
      const directory = yield* changed("tokenizer_llama3", () => {}, "{");
      const broken = yield* Effect.flip(load(directory));
      assert.match(broken.message, /tokenizer_config\.json' as it is not valid JSON: /);
    })
  ),
);

test.run();
