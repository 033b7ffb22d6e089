/**
 * A checkpoint's tokenizer, from its local tokenizer.json. The only import of @xenova/transformers, of which nothing but the
 * tokenizers is used; no file is ever fetched.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { PreTrainedTokenizer } from "@xenova/transformers";
import { Data, Effect } from "effect";
import { type FileError, readJson } from "../schema/files.ts";
import { Schema } from "../schema/mod.ts";

/** A tokenizer that can't be loaded. */
export class TokenizerError extends Data.TaggedError("TokenizerError")<{
  readonly directory: string;
  readonly reason: string;
}> {
  override get message(): string {
    return `Cannot load the tokenizer of '${this.directory}': ${this.reason}`;
  }
}

/** How a text is encoded. */
export interface EncodeOptions {
  /** Whether to add what the checkpoint puts around a text, such as BOS; true by default. */
  readonly addSpecialTokens?: boolean;
}

/** Text to token ids and back. */
export interface Tokenizer {
  /** Token ids of a text. Special tokens that are spelled out in it become their ids. */
  readonly encode: (text: string, options?: EncodeOptions) => readonly number[];
  /** Text of token ids, without special tokens. */
  readonly decode: (ids: readonly number[]) => string;
  /** Jinja chat template and the special tokens it may name, where the checkpoint has one. */
  readonly chat: ChatTemplate | undefined;
}

/** A checkpoint's chat template. */
export interface ChatTemplate {
  readonly template: string;
  readonly bosToken: string;
  readonly eosToken: string;
}

const TokenizerJson = Schema.Struct(
  {
    model: Schema.Struct(
      { vocab: Schema.Unknown },
      Schema.Record({ key: Schema.String, value: Schema.Unknown }),
    ),
    added_tokens: Schema.Array(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
  },
  Schema.Record({ key: Schema.String, value: Schema.Unknown }),
);

const Token = Schema.NullOr(Schema.Union(Schema.String, Schema.Struct({ content: Schema.String })));

const TokenizerConfig = Schema.Struct(
  {
    chat_template: Schema.optional(Schema.Unknown),
    bos_token: Schema.optional(Token),
    eos_token: Schema.optional(Token),
  },
  Schema.Record({ key: Schema.String, value: Schema.Unknown }),
);

/**
 * Loads `tokenizer.json` and `tokenizer_config.json` of a directory.
 *
 * @returns the tokenizer; fails with {@linkcode TokenizerError}
 */
export function load(
  directory: string,
): Effect.Effect<Tokenizer, TokenizerError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const json = yield* readJson(path.join(directory, "tokenizer.json"), TokenizerJson);
    const config = yield* readJson(path.join(directory, "tokenizer_config.json"), TokenizerConfig);
    const native = yield* Effect.try({
      try: () => new PreTrainedTokenizer(withStringMerges(json), config),
      catch: (error) =>
        new TokenizerError({
          directory,
          reason: `tokenizer.json has a part that is not supported (${oneLine(error)})`,
        }),
    });
    return {
      encode: (text, { addSpecialTokens = true } = {}) =>
        native.encode(text, null, { add_special_tokens: addSpecialTokens }),
      decode: (ids) =>
        ids.length === 0 ? "" : native.decode([...ids], {
          skip_special_tokens: true,
          clean_up_tokenization_spaces: false,
        }),
      chat: yield* chatTemplate(directory, config),
    } satisfies Tokenizer;
  }).pipe(
    Effect.mapError((error) =>
      error._tag === "FileError" ? new TokenizerError({ directory, reason: error.message }) : error
    ),
  );
}

/** Newer files write a merge as a pair, which the library does not know. */
function withStringMerges(json: typeof TokenizerJson.Type): object {
  const merges = json.model["merges"];
  if (!Array.isArray(merges)) return json;
  const joined = merges.map((merge) => Array.isArray(merge) ? merge.join(" ") : merge);
  return { ...json, model: { ...json.model, merges: joined } };
}

/** The template of tokenizer_config.json, or of chat_template.jinja beside it, where newer checkpoints have it. */
function chatTemplate(
  directory: string,
  config: typeof TokenizerConfig.Type,
): Effect.Effect<ChatTemplate | undefined, FileError, FileSystem.FileSystem | Path.Path> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const file = (yield* Path.Path).join(directory, "chat_template.jinja");
    const template = typeof config.chat_template === "string"
      ? config.chat_template
      : yield* Effect.orElseSucceed(fs.readFileString(file), () => undefined);
    return template === undefined ? undefined : {
      template,
      bosToken: contentOf(config.bos_token),
      eosToken: contentOf(config.eos_token),
    };
  });
}

const contentOf = (token: typeof Token.Type | undefined): string =>
  typeof token === "string" ? token : token?.content ?? "";

const oneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ");
