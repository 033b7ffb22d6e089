/**
 * Sets right what @xenova/transformers computes otherwise than Hugging Face's tokenizers: version 2.17 makes the models of a
 * vocabulary, and the parts around them, which it knows in part or takes loosely, are made here.
 *
 * @module
 */
import { type AddedToken, finder, type Section, type Written } from "./added_tokens.ts";
import { decoder } from "./decoders.ts";
import { correctModel, knownModel, type NativeModel } from "./models.ts";
import { normalizer } from "./normalizers.ts";
import type { Part } from "./part.ts";
import { postProcessor } from "./post_processors.ts";
import { preTokenizer } from "./pre_tokenizers.ts";

/** The parts of tokenizer.json. */
export interface TokenizerParts extends Part {
  readonly model: Part;
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer?: Part | null | undefined;
  readonly pre_tokenizer?: Part | null | undefined;
  readonly post_processor?: Part | null | undefined;
  readonly decoder?: Part | null | undefined;
}

/**
 * What @xenova/transformers is to make: a model that it computes, and none of the parts around it.
 *
 * @throws {Error} at a part that can't be computed as Hugging Face does
 */
export function adapt(json: TokenizerParts): TokenizerParts {
  checkGrowth([json.normalizer, json.pre_tokenizer], "a text");
  checkGrowth([json.decoder], "an answer");
  const model = knownModel(json.model);
  return {
    ...json,
    model,
    added_tokens: withIds(json.added_tokens, model),
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
  };
}

/** Ids as the tokenizers library gives them: a model's own, else the next after its vocabulary, whatever the file says. */
function withIds(tokens: readonly AddedToken[], { vocab }: Part): readonly AddedToken[] {
  const words: ReadonlyMap<string, number> | undefined = Array.isArray(vocab)
    ? new Map(vocab.map(([word], id) => [word, id]))
    : undefined;
  const own = (word: string) =>
    words === undefined
      ? Object.hasOwn(vocab as object, word) ? (vocab as Record<string, number>)[word] : undefined
      : words.get(word);
  let next = words?.size ?? Object.keys(vocab as object).length;
  const given = new Map<string, number>();
  return tokens.map((token) => {
    const id = own(token.content) ?? given.get(token.content) ?? next++;
    given.set(token.content, id);
    return { ...token, id };
  });
}

/** The way from a text to ids and back. */
export interface Parts {
  readonly encode: (text: string, addSpecialTokens: boolean) => readonly (number | undefined)[];
  /** Special tokens are left out, and ids of no token. */
  readonly decode: (ids: readonly number[]) => string;
}

/**
 * Sets the model of @xenova/transformers right, and makes the parts around it.
 *
 * @param json as {@linkcode adapt} gave it
 * @param given as it is in the file
 */
export function assemble(native: NativeModel, json: TokenizerParts, given: TokenizerParts): Parts {
  correctModel(native, json.model);
  const normalize = normalizer(given.normalizer);
  const split = preTokenizer(given.pre_tokenizer);
  const process = postProcessor(given.post_processor);
  const decode = decoder(given.decoder);
  const written = json.added_tokens.map((token): Written => [
    token["normalized"] ? normalize(token.content) : token.content,
    token,
  ]);
  const findRaw = finder(written.filter(([, token]) => !token["normalized"]));
  const findNormalized = finder(written.filter(([, token]) => token["normalized"]));
  const special = new Set(
    json.added_tokens.filter((token) => token["special"]).map(({ content }) => content),
  );
  const texts = new Map(written.map(([text, { id }]) => [id, text]));

  /** Whether what is left of a section begins where the text does: not where its first character is left out. */
  const isFirst = ({ text, start }: Section) =>
    start === 0 && normalize(String.fromCodePoint(text.codePointAt(0)!)) !== "";
  const modelIds = ({ text, start }: Section, first: boolean) =>
    split([{ text, first: first && start === 0 }])
      .flatMap((piece) => native.convert_tokens_to_ids(native([piece.text])));
  const sectionIds = (section: Section): readonly (number | undefined)[] => {
    if (section.token !== undefined) return [section.token.id];
    const text = normalize(section.text);
    if (text === "") return [];
    const first = isFirst(section);
    return findNormalized(text)
      .flatMap((inner) => inner.token === undefined ? modelIds(inner, first) : [inner.token.id]);
  };
  return {
    encode: (text, addSpecialTokens) => {
      const ids = text === "" ? [] : findRaw(text).flatMap(sectionIds);
      return addSpecialTokens ? process(ids as readonly number[]) : ids;
    },
    decode: (ids) =>
      decode(ids.flatMap((id) => {
        const token = texts.get(id) ?? native.vocab[id];
        return token === undefined || special.has(token) ? [] : [token];
      })),
  };
}

/** How many times longer replacements may make a text: each of a few could double it, and fifty would fill the memory. */
const MOST_GROWTH = 100;

function checkGrowth(parts: readonly unknown[], what: string): void {
  const times = parts.reduce<number>((product, part) => product * growth(part), 1);
  if (times > MOST_GROWTH) throw new Error(`its replacements make ${what} ${times} times longer`);
}

/** By how much a part of a type can multiply the length of a text. */
const GROWTH: Readonly<Record<string, number>> = {
  BertNormalizer: 3,
  ByteLevel: 2,
  NFD: 4,
  NFKC: 10,
  NFKD: 10,
  Precompiled: 10,
};

/** The most by which a part can multiply the length of a text. */
function growth(part: unknown): number {
  if (typeof part !== "object" || part === null) return 1;
  const { type, content, pattern, ...inner } = part as Part;
  const parts = Object.values(inner).reduce<number>((product, each) => product * growth(each), 1);
  if (typeof type === "string" && Object.hasOwn(GROWTH, type)) return parts * GROWTH[type]!;
  if (type !== "Replace" || typeof content !== "string") return parts;
  const { String: text } = (pattern ?? {}) as Part;
  // a regular expression may match between any two characters
  return parts *
    (typeof text === "string" ? Math.max(1, content.length / text.length) : 1 + content.length);
}
