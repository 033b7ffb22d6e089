/**
 * The tokenizer of the word problems as a standard tokenizer.json: one token for each word with the space before it, for
 * each digit, sign and punctuation mark. Decoding joins tokens, so text -> ids -> text is exact.
 *
 * The model is WordPiece with whole words only, since @xenova/transformers has no WordLevel.
 *
 * @module
 */
import { GROUPS, ITEMS, PEOPLE } from "./lexicon.ts";
import { SENTENCES } from "./problem.ts";

/** The end of a text; ends generation. */
export const END = "</s>";

/** Stands for a word that the vocabulary lacks. */
export const UNKNOWN = "<unk>";

/** Splits a text into words with their space, runs of #, and single other characters; together they are the text. */
const PATTERN = "'s| ?[A-Za-z]+|#+|[^A-Za-z]";
const SYMBOLS: readonly string[] = [..."0123456789 \n+-*/=.,?", "####", "'s"];

/** The files that describe a tokenizer to @xenova/transformers and Hugging Face alike. */
export interface TokenizerFiles {
  /** Vocabulary, normalizer and the rule that splits a text. */
  readonly "tokenizer.json": unknown;
  /** Its class and special tokens. */
  readonly "tokenizer_config.json": unknown;
}

/** What a vocabulary must cover. */
export interface Language {
  /** Sentences with gaps, `{k}`. */
  readonly sentences: readonly string[];
  /** Words that fill the gaps. */
  readonly words: readonly string[];
}

const WORD_PROBLEMS: Language = {
  sentences: SENTENCES,
  words: [
    ...PEOPLE.map(({ name }) => name),
    ...ITEMS,
    ...GROUPS,
    ...PEOPLE.flatMap(({ pronoun }) => [pronoun, pronoun.replace(/^./, (a) => a.toUpperCase())]),
  ],
};

/**
 * Every token in the order of its id: the special ones, the symbols, then the words alphabetically.
 *
 * @param language the word problems by default
 */
export function vocabulary({ sentences, words }: Language = WORD_PROBLEMS): readonly string[] {
  const gapless = sentences.map((sentence) => sentence.replace(/\{\w\}/g, " "));
  const all = new Set([
    ...gapless.flatMap((sentence) => sentence.replaceAll("'s", " ").match(/[A-Za-z]+/g) ?? []),
    ...words,
  ]);
  const tokens = [...all].flatMap((word) =>
    /^[A-Z]/.test(word) ? [word, ` ${word}`] : [` ${word}`]
  );
  return [END, UNKNOWN, ...SYMBOLS, ...tokens.sort()];
}

/**
 * Makes the files of the tokenizer.
 *
 * @param language the word problems by default
 */
export function tokenizerFiles(language?: Language): TokenizerFiles {
  const tokens = vocabulary(language);
  const special = [END, UNKNOWN];
  return {
    "tokenizer.json": {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: special.map((content, id) => ({
        id,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: null,
      pre_tokenizer: {
        type: "Split",
        pattern: { Regex: PATTERN },
        behavior: "Isolated",
        invert: false,
      },
      post_processor: null,
      decoder: { type: "Fuse" },
      model: {
        type: "WordPiece",
        unk_token: UNKNOWN,
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      },
    },
    "tokenizer_config.json": {
      tokenizer_class: "PreTrainedTokenizerFast",
      eos_token: END,
      pad_token: END,
      unk_token: UNKNOWN,
      clean_up_tokenization_spaces: false,
      model_max_length: 512,
    },
  };
}
