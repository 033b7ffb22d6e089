/**
 * The parts of tokenizer.json as Hugging Face's tokenizers computes them, around a model of @xenova/transformers.
 *
 * @module
 */
export { adapt, assemble, type TokenizerParts } from "./adapt.ts";
export type { NativeModel } from "./models.ts";
export type { Part } from "./part.ts";
export { HARMLESS } from "./patterns.ts";
