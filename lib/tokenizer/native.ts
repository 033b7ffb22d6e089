/**
 * A tokenizer made of the parts of tokenizer.json; the only import of @xenova/transformers, of which nothing but the models of a
 * vocabulary is used.
 *
 * @module
 */
import "../runtime/mod.ts"; // turns telemetry off before @xenova/transformers loads ONNX Runtime
import { PreTrainedTokenizer } from "@xenova/transformers/src/tokenizers.js";
import { adapt, assemble, type NativeModel, type TokenizerParts } from "./parts/mod.ts";
import { MOST_WORDS } from "./plain.ts";

/** Text to ids and back, by the parts of one tokenizer.json. */
export interface NativeTokenizer {
  readonly vocabSize: number;
  readonly encode: (text: string, addSpecialTokens: boolean) => readonly number[];
  readonly decode: (ids: readonly number[]) => string;
}

/** Words remembered by how they are split; more are forgotten together, so that memory does not grow with the data set. */
const REMEMBERED_WORDS = 20_000;
/** Characters of a text whose words are not remembered. */
const LONG = 2 ** 16;

/** A text that brings all parts of a tokenizer to use: those that are wrong in themselves show only then. */
export const PROBE = "Tom has 12 apples,  né?\n😀";

/**
 * The tokenizer proper. tokenizer_config.json has no part in it: it is for other families' tokenizers.
 *
 * @throws {Error} at a part that is not supported
 */
export function makeNative(json: TokenizerParts): NativeTokenizer {
  const { vocab } = json.model as { readonly vocab: object };
  const strayId = Array.isArray(vocab)
    ? undefined
    : Object.values(vocab).find((id) => !(Number.isInteger(id) && id >= 0 && id < MOST_WORDS));
  if (strayId !== undefined) throw new Error(`a word of its vocabulary has the id ${strayId}`);
  const adapted = adapt(json);
  const native = new PreTrainedTokenizer(adapted, { unk_token: json.model["unk_token"] });
  const model = native.model as unknown as NativeModel;
  if (model.vocab.some((word) => word !== undefined && typeof word !== "string")) {
    throw new Error("a word of its vocabulary is no text");
  }
  const parts = assemble(model, adapted, json);
  return {
    vocabSize: model.vocab.length,
    encode: (text, addSpecialTokens) => {
      const ids = parts.encode(text, addSpecialTokens);
      if ((model.cache?.size ?? 0) > REMEMBERED_WORDS || text.length > LONG) model.cache?.clear();
      // a character that the vocabulary lacks, where there is no token for the unknown, is left out
      return ids.filter((id) => id !== undefined);
    },
    decode: parts.decode,
  };
}
