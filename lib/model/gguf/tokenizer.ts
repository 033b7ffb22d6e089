/**
 * The tokenizer of a GGUF file as the tokenizer.json and tokenizer_config.json of the same model.
 *
 * @module
 */
import { Either } from "effect";
import type { Metadata } from "./header.ts";
import { mergesByScore } from "./merges.ts";
import { PRE_TOKENIZERS } from "./pre_tokenizers.ts";

/** Kinds of tokens, as `tokenizer.ggml.token_type` numbers them. */
const [NORMAL, UNKNOWN, CONTROL, USER_DEFINED] = [1, 2, 3, 4];

/** What each file holds. */
export interface TokenizerFiles {
  readonly "tokenizer.json": object;
  readonly "tokenizer_config.json": object;
}

/** What is common to all tokenizers of a file. */
interface Vocabulary {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
  readonly ids: Readonly<Record<string, number>>;
  /** A value under `tokenizer.ggml.`; another one is refused by its type. */
  readonly value: (key: string) => unknown;
}

/** Parts of tokenizer.json that a kind of tokenizer decides, and whether a text begins with BOS where the file does not say. */
interface Kind {
  readonly parts: Readonly<
    Record<"normalizer" | "pre_tokenizer" | "decoder", object | null> & { readonly model: object }
  >;
  readonly addsBos: boolean;
}

/** The tokenizer's files, or the reason why it can't be used, completing "Cannot use 'file' as ...". */
export function tokenizerOf(metadata: Metadata): Either.Either<TokenizerFiles, string> {
  return Either.gen(function* () {
    const value = (key: string) => metadata[`tokenizer.ggml.${key}`];
    const tokens = listOf(value("tokens"), "string");
    if (tokens === undefined) {
      return yield* Either.left("it has no tokenizer (tokenizer.ggml.tokens)");
    }
    const types = listOf(value("token_type"), "number") ?? tokens.map(() => NORMAL);
    const vocabulary: Vocabulary = {
      tokens,
      types,
      ids: Object.fromEntries(tokens.map((token, id) => [token, id])),
      value,
    };
    const model = String(value("model"));
    if (!Object.hasOwn(KINDS, model)) {
      const known = Object.keys(KINDS).join(" or ");
      return yield* Either.left(`its tokenizer must be ${known}: found ${model}`);
    }
    const { parts, addsBos } = yield* KINDS[model]!(vocabulary);
    const token = (name: string) => tokens[Number(value(`${name}_token_id`))];
    const [bos, eos] = [token("bos"), token("eos")];
    const added = {
      bos: value("add_bos_token") ?? addsBos ? bos : undefined,
      eos: value("add_eos_token") === true ? eos : undefined,
    };
    const special = Object.values(added).filter((each) => each !== undefined);
    const item = (id: string | undefined) =>
      id === undefined ? [] : [{ SpecialToken: { id, type_id: 0 } }];
    return {
      "tokenizer.json": {
        version: "1.0",
        added_tokens: tokens.flatMap((content, id) =>
          ADDED.has(types[id]!)
            ? [{ id, content, special: types[id] !== USER_DEFINED, ...EXACT }]
            : []
        ),
        ...parts,
        post_processor: {
          type: "TemplateProcessing",
          single: [...item(added.bos), { Sequence: { id: "A", type_id: 0 } }, ...item(added.eos)],
          special_tokens: Object.fromEntries(
            special.map((id) => [id, { id, ids: [vocabulary.ids[id]], tokens: [id] }]),
          ),
        },
      },
      "tokenizer_config.json": {
        bos_token: bos,
        eos_token: eos,
        unk_token: token("unknown"),
        pad_token: token("padding"),
        chat_template: metadata["tokenizer.chat_template"],
      },
    };
  });
}

/** Kinds of tokens that are found in a text before it is split. */
const ADDED: ReadonlySet<number> = new Set([UNKNOWN, CONTROL, USER_DEFINED]);

/** How an added token is found: as it is written, anywhere in a text. */
const EXACT = { single_word: false, lstrip: false, rstrip: false, normalized: false };

/** Tokenizers by what `tokenizer.ggml.model` calls them: byte-level BPE, and SentencePiece's BPE. */
const KINDS: Readonly<
  Record<string, (vocabulary: Vocabulary) => Either.Either<Kind, string>>
> = { gpt2: byteLevel, llama: sentencePiece };

function byteLevel({ ids, value }: Vocabulary): Either.Either<Kind, string> {
  const pre = String(value("pre"));
  if (!Object.hasOwn(PRE_TOKENIZERS, pre)) {
    const known = Object.keys(PRE_TOKENIZERS).join(", ");
    return Either.left(
      `its tokenizer must split texts as ${known} (tokenizer.ggml.pre): found ${pre}`,
    );
  }
  const merges = listOf(value("merges"), "string");
  if (merges === undefined) {
    return Either.left("its tokenizer has no merges (tokenizer.ggml.merges)");
  }
  const { normalizer = null, split, ignoresMerges = false, addsBos = false } = PRE_TOKENIZERS[pre]!;
  return Either.right({
    parts: {
      normalizer,
      pre_tokenizer: { type: "Sequence", pretokenizers: split },
      decoder: { type: "ByteLevel" },
      model: {
        type: "BPE",
        ignore_merges: ignoresMerges,
        vocab: ids,
        merges: merges.map((merge) => merge.split(" ")),
      },
    },
    addsBos,
  });
}

function sentencePiece({ tokens, types, ids, value }: Vocabulary): Either.Either<Kind, string> {
  const scores = listOf(value("scores"), "number");
  if (scores === undefined) {
    return Either.left("its tokenizer has no scores (tokenizer.ggml.scores)");
  }
  const prefixed = value("add_space_prefix") !== false;
  const merged = tokens.map((token, id) => [token, scores[id] ?? 0] as const)
    .filter((_, id) => types[id] === NORMAL || types[id] === USER_DEFINED);
  return Either.right({
    parts: {
      normalizer: {
        type: "Sequence",
        normalizers: [
          ...(prefixed ? [{ type: "Prepend", prepend: SPACE }] : []),
          { type: "Replace", pattern: { String: " " }, content: SPACE },
        ],
      },
      pre_tokenizer: null,
      decoder: {
        type: "Sequence",
        decoders: [
          { type: "Replace", pattern: { String: SPACE }, content: " " },
          { type: "ByteFallback" },
          { type: "Fuse" },
          ...(prefixed ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
        ],
      },
      model: {
        type: "BPE",
        unk_token: tokens[Number(value("unknown_token_id") ?? 0)],
        fuse_unk: true,
        byte_fallback: true,
        vocab: ids,
        merges: mergesByScore(new Map(merged)),
      },
    },
    addsBos: true,
  });
}

/** SentencePiece's sign for a space. */
const SPACE = "▁";

/** A list of texts or of numbers; undefined where the value is something else. */
function listOf<T extends "string" | "number">(
  value: unknown,
  type: T,
): readonly (T extends "string" ? string : number)[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === type) ? value : undefined;
}
