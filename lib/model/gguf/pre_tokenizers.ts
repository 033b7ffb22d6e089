/**
 * How byte-level tokenizers split a text before they merge, by the names of `tokenizer.ggml.pre`.
 * Source: https://github.com/ggml-org/llama.cpp (`src/llama-vocab.cpp`), and the tokenizer.json of the models named so.
 *
 * @module
 */

/** What a name of `tokenizer.ggml.pre` means. */
interface PreTokenizer {
  /** Parts of tokenizer.json that split, one after the other. */
  readonly split: readonly object[];
  readonly normalizer?: object;
  /** Whether a word that is a token is not split further, whatever the merges make of it. */
  readonly ignoresMerges?: boolean;
  /** Whether a text begins with BOS where the file does not say. */
  readonly addsBos?: boolean;
}

const bytes = (usesRegex: boolean) => ({
  type: "ByteLevel",
  add_prefix_space: false,
  use_regex: usesRegex,
});

/** Splits by a pattern of Oniguruma's. */
const by = (pattern: string): readonly object[] => [
  { type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false },
  bytes(false),
];

const words = (numbers: string): string =>
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|` + numbers +
  String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

const TEKKEN = String.raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*` +
  String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]+` +
  String.raw`|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*` +
  String.raw`|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

const llama3: PreTokenizer = {
  split: by(words(String.raw`\p{N}{1,3}`)),
  ignoresMerges: true,
  addsBos: true,
};
const qwen2: PreTokenizer = { split: by(words(String.raw`\p{N}`)) };

/** Every name that is read. */
export const PRE_TOKENIZERS: Readonly<Record<string, PreTokenizer>> = {
  "gpt-2": { split: [bytes(true)] },
  smollm: { split: [{ type: "Digits", individual_digits: true }, bytes(true)] },
  "llama-bpe": llama3,
  llama3,
  "llama-v3": llama3,
  falcon3: llama3,
  pixtral: llama3,
  "smaug-bpe": { split: llama3.split },
  // the models' own tokenizer.json normalises, which llama.cpp leaves out
  qwen2: { ...qwen2, normalizer: { type: "NFC" } },
  "deepseek-r1-qwen": { ...qwen2, addsBos: true },
  tekken: { split: by(TEKKEN), ignoresMerges: true, addsBos: true },
};
