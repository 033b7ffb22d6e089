/**
 * A checkpoint's tokenizer, from its local tokenizer.json; no file is ever fetched.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Data, Effect } from "effect";
import { type FileError, readBytes, readJson } from "../schema/files.ts";
import { oneLine, Schema } from "../schema/mod.ts";
import { makeGuarded } from "./guarded.ts";
import { makeNative, type NativeTokenizer, PROBE } from "./native.ts";
import { checkSizes, isPlain, MOST_WORDS } from "./plain.ts";

/** A tokenizer that can't be loaded. */
export class TokenizerError extends Data.TaggedError("TokenizerError")<{
  readonly directory: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot load the tokenizer of '${this.directory}': ${oneLine(this.reason)}`;
  }
}

/** How a text is encoded. */
export interface EncodeOptions {
  /** Whether to add what the checkpoint puts around a text, such as BOS; true by default. */
  readonly addSpecialTokens?: boolean;
}

/** Text to token ids and back. */
export interface Tokenizer {
  /** Token ids of a text. Special tokens that are spelled out in it become their ids. Throws where it does not end in time. */
  readonly encode: (text: string, options?: EncodeOptions) => readonly number[];
  /** Text of token ids, without special tokens. */
  readonly decode: (ids: readonly number[]) => string;
  /** Number of ids, added tokens included: all that {@linkcode encode} gives are below it. */
  readonly vocabSize: number;
  /** Jinja chat template and the special tokens it may name, where the checkpoint has one. */
  readonly chat: ChatTemplate | undefined;
  /** What its files ask for that has no effect here, a line each; most ask for nothing such. */
  readonly warnings: readonly string[];
}

/** A checkpoint's chat template. */
export interface ChatTemplate {
  /** The Jinja template. */
  readonly template: string;
  /** Text of the token that starts a text. */
  readonly bosToken: string;
  /** Text of the token that ends a turn. */
  readonly eosToken: string;
  /** Texts of other special tokens, by the names that templates know: `pad_token`, `unk_token`. */
  readonly otherTokens?: Readonly<Record<string, string>>;
}

/** Bytes that tokenizer.json may have: twice what the largest has. */
const MOST_BYTES = 64 * 2 ** 20;

const Part = Schema.Record({ key: Schema.String, value: Schema.Unknown });

const TokenizerJson = Schema.Struct(
  {
    model: Schema.Struct({ vocab: Schema.Object }, Part),
    added_tokens: Schema.Array(
      Schema.Struct(
        { id: Schema.Int.pipe(Schema.between(0, MOST_WORDS - 1)), content: Schema.NonEmptyString },
        Part,
      ),
    ),
    normalizer: Schema.optional(Schema.NullOr(Part)),
    pre_tokenizer: Schema.optional(Schema.NullOr(Part)),
    post_processor: Schema.optional(Schema.NullOr(Part)),
    decoder: Schema.optional(Schema.NullOr(Part)),
  },
  Part,
);

/** What tokenizer.json must hold; sizes are checked before forms, which takes longer. */
export const TokenizerFile = Schema.compose(
  Schema.Unknown.pipe(Schema.filter((json) => {
    try {
      checkSizes(json);
      return true;
    } catch (error) {
      return messageOf(error);
    }
  })),
  TokenizerJson,
  { strict: false },
);

const Token = Schema.NullOr(Schema.Union(Schema.String, Schema.Struct({ content: Schema.String })));

const NamedTemplates = Schema.Array(
  Schema.Struct({ name: Schema.String, template: Schema.String }),
);

const TokenizerConfig = Schema.Struct({
  chat_template: Schema.optional(Schema.NullOr(Schema.Union(Schema.String, NamedTemplates))),
  bos_token: Schema.optional(Token),
  eos_token: Schema.optional(Token),
  unk_token: Schema.optional(Token),
  sep_token: Schema.optional(Token),
  pad_token: Schema.optional(Token),
  cls_token: Schema.optional(Token),
  mask_token: Schema.optional(Token),
  add_bos_token: Schema.optional(Schema.Unknown),
  add_eos_token: Schema.optional(Schema.Unknown),
});
type TokenizerConfig = typeof TokenizerConfig.Type;

/**
 * Loads `tokenizer.json` and `tokenizer_config.json` of a directory.
 *
 * @returns the tokenizer; fails with {@linkcode TokenizerError}
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { load } from "dynamic-prompt-corruption/tokenizer";
 *
 * export const program = Effect.gen(function* () {
 *   const { encode, decode } = yield* load("data/model");
 *   assert.equal(decode(encode("Tom has 3 apples.")), "Tom has 3 apples.");
 * });
 * ```
 */
export function load(
  directory: string,
): Effect.Effect<Tokenizer, TokenizerError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    yield* checkForm(directory);
    const json = yield* readJson(path.join(directory, "tokenizer.json"), TokenizerFile, {
      anyKeys: true, // a word of the vocabulary may be any
      maxBytes: MOST_BYTES,
    });
    const config = yield* readConfig(path.join(directory, "tokenizer_config.json"));
    const native = yield* (isPlain(json)
      ? Effect.try({
        try: () => makePlain(json),
        catch: messageOf,
      })
      : Effect.tryPromise({ try: (signal) => makeGuarded(json, signal), catch: messageOf })).pipe(
        Effect.mapError((why) =>
          new TokenizerError({
            directory,
            reason: `tokenizer.json has a part that is not supported (${why})`,
          })
        ),
      );
    return {
      encode: (text, { addSpecialTokens = true } = {}) => {
        if (text.length <= MOST_CHARACTERS) return native.encode(text, addSpecialTokens);
        throw new Error(
          `a text may have at most ${MOST_CHARACTERS} characters: found ${text.length}`,
        );
      },
      decode: native.decode,
      vocabSize: native.vocabSize,
      chat: yield* chatTemplate(directory, config),
      warnings: disagreements(config, native)
        .map((what) => `tokenizer_config.json of '${directory}' ${what}`),
    } satisfies Tokenizer;
  }).pipe(
    Effect.mapError((error) =>
      error._tag === "FileError" ? new TokenizerError({ directory, reason: error.message }) : error
    ),
  );
}

function makePlain(json: typeof TokenizerJson.Type): NativeTokenizer {
  const native = makeNative(json);
  native.decode(native.encode(PROBE, true));
  return native;
}

/** Characters of a text, far more than any model reads: the memory for one is many times its size. */
const MOST_CHARACTERS = 2 ** 20;

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Files of tokenizers in other forms. */
const OTHER_FORMS = ["tokenizer.model", "tekken.json", "spiece.model", "vocab.json", "vocab.txt"];

/** Says what a folder without tokenizer.json has instead, where that is known. */
function checkForm(directory: string) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const names = yield* Effect.orElseSucceed(
      fs.readDirectory(directory),
      (): readonly string[] => [],
    );
    const other = OTHER_FORMS.find((name) => names.includes(name));
    if (names.includes("tokenizer.json") || other === undefined) return;
    return yield* new TokenizerError({
      directory,
      reason: `it has '${other}' but no tokenizer.json, which transformers writes: ` +
        `python -c "from transformers import AutoTokenizer as T; T.from_pretrained('${directory}').save_pretrained('${directory}')"`,
    });
  });
}

/** Where `add_bos_token` and `add_eos_token` are not what tokenizer.json does, which transformers 4 let go first and 5 does not. */
function disagreements(
  config: TokenizerConfig,
  { encode }: NativeTokenizer,
): readonly string[] {
  const around = encode("", true);
  const idOf = (token: typeof Token.Type | undefined) => encode(contentOf(token), false)[0];
  const sides = [
    ["add_bos_token", config.add_bos_token, around[0], idOf(config.bos_token)],
    ["add_eos_token", config.add_eos_token, around.at(-1), idOf(config.eos_token)],
  ] as const;
  return sides.flatMap(([key, asked, found, id]) => {
    const adds = id !== undefined && found === id;
    return typeof asked !== "boolean" || asked === adds
      ? []
      : [`sets ${key} to ${asked}, against tokenizer.json: that is followed, as in transformers 5`];
  });
}

/** tokenizer_config.json, which a checkpoint may lack. */
function readConfig(
  file: string,
): Effect.Effect<TokenizerConfig, FileError, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const exists = yield* Effect.orElseSucceed(fs.exists(file), () => false);
    return exists ? yield* readJson(file, TokenizerConfig) : {};
  });
}

/** The template of chat_template.jinja, else of tokenizer_config.json: in this order, as in transformers 5. */
function chatTemplate(
  directory: string,
  config: TokenizerConfig,
): Effect.Effect<ChatTemplate | undefined, FileError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const file = (yield* Path.Path).join(directory, "chat_template.jinja");
    const exists = yield* Effect.orElseSucceed(fs.exists(file), () => false);
    const { chat_template: given } = config;
    const template = exists
      ? new TextDecoder().decode(yield* readBytes(file))
      : typeof given === "string"
      ? given
      : given?.find(({ name }) => name === "default")?.template;
    const others = OTHER_TOKENS.map((name) => [name, contentOf(config[name])] as const);
    return template === undefined ? undefined : {
      template,
      bosToken: contentOf(config.bos_token),
      eosToken: contentOf(config.eos_token),
      otherTokens: Object.fromEntries(others.filter(([, text]) => text !== "")),
    };
  });
}

/** Special tokens that a template may name beside those of BOS and EOS. */
const OTHER_TOKENS = ["unk_token", "sep_token", "pad_token", "cls_token", "mask_token"] as const;

const contentOf = (token: typeof Token.Type | undefined): string =>
  typeof token === "string" ? token : token?.content ?? "";
