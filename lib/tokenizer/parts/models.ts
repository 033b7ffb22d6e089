/**
 * What @xenova/transformers' models of a vocabulary compute otherwise than Hugging Face's tokenizers, set right.
 *
 * @module
 */
import { byteToken, utf8 } from "./byte_level.ts";
import type { Part } from "./part.ts";

/** What is reached into of a model of @xenova/transformers, beyond its types. */
export interface NativeModel {
  (words: readonly string[]): readonly string[];
  readonly vocab: (string | undefined)[];
  readonly convert_tokens_to_ids: (tokens: readonly string[]) => readonly (number | undefined)[];
  readonly cache?: Map<string, unknown>;
  readonly unk_token: string | undefined;
  readonly bpe: (word: string) => readonly string[];
  readonly trie: { readonly root: TrieNode };
  readonly merges: readonly (readonly [string, string])[];
  encode: (words: readonly string[]) => readonly string[];
  fuse_unk: boolean;
  BPE_SPLIT_TOKEN: string;
  bpe_ranks: Map<string, number>;
}

interface TrieNode {
  readonly isLeaf: boolean;
  readonly children: ReadonlyMap<string, TrieNode>;
}

/**
 * Checks a model and fills in what it leaves to defaults.
 *
 * @throws {Error} at a model that can't be computed as Hugging Face does
 */
export function knownModel(model: Part): Part {
  const type = model["type"] ?? (Array.isArray(model["merges"]) ? "BPE" : undefined);
  const { dropout, continuing_subword_prefix: prefix, vocab, unk_token: unknown } = model;
  switch (type) {
    case "BPE":
      if (dropout) throw new Error("its BPE splits words at random (dropout)");
      if (prefix) throw new Error("its BPE has a continuing_subword_prefix");
      return { ...model, type, merges: stringMerges(model["merges"]) };
    case "WordPiece":
      return { continuing_subword_prefix: "##", ...model };
    case "WordLevel":
      if (typeof unknown === "string" && Object.hasOwn(vocab as object, unknown)) return model;
      throw new Error(`its vocabulary lacks the token for unknown words: ${unknown}`);
    case "Unigram":
      if (typeof model["unk_id"] === "number") return model;
      throw new Error("its Unigram model has no token for the unknown (unk_id)");
    default:
      // @xenova/transformers would take it for a list of words
      throw new Error(`its model must be BPE, Unigram, WordPiece or WordLevel: found ${type}`);
  }
}

/** Between the two tokens of a merge: in no token, as a space may be. */
const BETWEEN = "\uFFFF";

/** Newer files write a merge as a pair. */
function stringMerges(merges: unknown): unknown {
  if (!Array.isArray(merges)) return merges;
  return merges.map((merge) =>
    Array.isArray(merge) ? merge.join(BETWEEN) : String(merge).replace(" ", BETWEEN)
  );
}

/** Sets a model right after it was made of what {@linkcode knownModel} gives. */
export function correctModel(native: NativeModel, model: Part): void {
  if (model["type"] === "BPE") correctBpe(native, model);
  if (model["type"] === "Unigram") correctUnigram(native, model);
}

function correctBpe(native: NativeModel, model: Part): void {
  const vocab = model["vocab"] as Readonly<Record<string, number>>;
  const has = (token: string) => Object.hasOwn(vocab, token);
  native.BPE_SPLIT_TOKEN = BETWEEN;
  const unknown = native.unk_token === undefined || native.unk_token === null
    ? []
    : [native.unk_token];
  const fallback = (text: string) => model["byte_fallback"] ? bytesIn(text, has) : undefined;
  // without a token for the unknown, what is around an unknown character can be merged
  const spelled = (word: string) =>
    unknown.length > 0
      ? word
      : Array.from(word).filter((each) => has(each) || fallback(each)).join("");
  // added tokens are not words of the model, as which @xenova/transformers counts them
  native.encode = (words) =>
    words.flatMap((word) =>
      model["ignore_merges"] && has(word)
        ? [word]
        : native.bpe(spelled(word)).flatMap((piece) =>
          has(piece) ? [piece] : fallback(piece) ?? unknown
        )
    );
}

/** The byte tokens of a text, where the vocabulary has all of them. */
function bytesIn(text: string, has: (token: string) => boolean): readonly string[] | undefined {
  const tokens = Array.from(utf8(text), byteToken);
  return tokens.every(has) ? tokens : undefined;
}

/** By how much an unknown character is less likely than the least likely token. */
const UNKNOWN_PENALTY = 10;

/** The most likely way to a place in a word. */
interface Way {
  readonly score: number;
  readonly from: number;
  readonly unknown: boolean;
}

/** Characters are code points, unknown ones may become bytes, and the token for the unknown keeps its own score. */
function correctUnigram(native: NativeModel, model: Part): void {
  const vocab = model["vocab"] as readonly (readonly [string, number])[];
  const scores = new Map(vocab);
  const unknownId = model["unk_id"] as number;
  const least = vocab.reduce((min, [, score]) => Math.min(min, score), Infinity);
  const unknown = vocab[unknownId]![0];
  const has = (token: string) => scores.has(token);

  /** Viterbi; the first of equally likely ways counts. */
  function ways(characters: readonly string[]): readonly (Way | undefined)[] {
    const best: (Way | undefined)[] = [{ score: 0, from: 0, unknown: false }];
    const offer = (end: number, way: Way) => {
      const known = best[end];
      if (known === undefined || way.score > known.score) best[end] = way;
    };
    for (let from = 0; from < characters.length; from++) {
      const { score } = best[from]!;
      let node: TrieNode | undefined = native.trie.root;
      let token = "";
      for (let end = from + 1; end <= characters.length; end++) {
        node = node.children.get(characters[end - 1]!);
        if (node === undefined) break;
        token += characters[end - 1]!;
        if (node.isLeaf) {
          offer(end, { score: scores.get(token)! + score, from, unknown: token === unknown });
        }
      }
      const single = native.trie.root.children.get(characters[from]!)?.isLeaf;
      if (!single) offer(from + 1, { score: least - UNKNOWN_PENALTY + score, from, unknown: true });
    }
    return best;
  }

  function split(word: string): readonly string[] {
    const characters = [...word];
    const best = ways(characters);
    const tokens: { text: string; unknown: boolean }[] = [];
    for (let end = characters.length; end > 0; end = best[end]!.from) {
      const { from, unknown } = best[end]!;
      const text = characters.slice(from, end).join("");
      const after = tokens.at(-1);
      if (unknown && after?.unknown) after.text = text + after.text;
      else tokens.push({ text, unknown });
    }
    return tokens.reverse().map(({ text }) => text);
  }

  native.fuse_unk = false;
  native.encode = (words) =>
    words.flatMap(split).flatMap((token) =>
      has(token) ? [token] : model["byte_fallback"] ? bytesIn(token, has) ?? [unknown] : [unknown]
    );
}
