/**
 * The tokenizers among the test vectors.
 *
 * @module
 */
import { load } from "../../lib/tokenizer/mod.ts";

/** Their folders: byte-level with single digits, byte-level with digits in threes, SentencePiece with byte fallback. */
export const TOKENIZERS = [
  "tokenizer_chatml",
  "tokenizer_llama3",
  "tokenizer_sentencepiece",
] as const;

/** The folder of a test vector. */
export const vector = (name: string) => new URL(`../vectors/${name}`, import.meta.url).pathname;

/** Loads one of them. */
export const loadVector = (name: string) => load(vector(name));
