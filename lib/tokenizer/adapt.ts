/**
 * Rewrites tokenizer.json so that @xenova/transformers computes what Hugging Face's tokenizers does. Version 2.17 does not know newer
 * files and differs in how it splits rare characters.
 *
 * @module
 */
import { GPT2_PATTERN, toJavaScript } from "./patterns.ts";

/** A part of tokenizer.json; `type` says which. */
export type Part = Readonly<Record<string, unknown>>;

/** The parts of tokenizer.json that are rewritten. */
export interface TokenizerParts extends Part {
  readonly model: Part;
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer?: Part | null | undefined;
  readonly pre_tokenizer?: Part | null | undefined;
  readonly decoder?: Part | null | undefined;
}

/** A token that is found in a text before it is split. */
export interface AddedToken extends Part {
  readonly id: number;
  readonly content: string;
}

/**
 * Rewrites a tokenizer.
 *
 * @throws {Error} at a part that can't be computed as Hugging Face does
 */
export function adapt(json: TokenizerParts): object {
  checkGrowth([json.normalizer, json.pre_tokenizer], "a text");
  checkGrowth([json.decoder], "an answer");
  return {
    ...json,
    model: withStringMerges(knownModel(json.model)),
    // the longest of several that match counts, where @xenova/transformers takes the first
    added_tokens: [...json.added_tokens].sort((a, b) => b.content.length - a.content.length),
    normalizer: json.normalizer ? normalizer(json.normalizer) : null,
    pre_tokenizer: json.pre_tokenizer ? preTokenizer(json.pre_tokenizer) : null,
    decoder: json.decoder ? decoder(json.decoder) : null,
  };
}

/** How many times longer replacements may make a text: each of a few could double it, and fifty would fill the memory. */
const MOST_GROWTH = 100;

function checkGrowth(parts: readonly unknown[], what: string): void {
  const times = parts.reduce<number>((product, part) => product * growth(part), 1);
  if (times > MOST_GROWTH) throw new Error(`its replacements make ${what} ${times} times longer`);
}

/** The most by which a part can multiply the length of a text. */
function growth(part: unknown): number {
  if (typeof part !== "object" || part === null) return 1;
  const { type, content, pattern, ...inner } = part as Part;
  const parts = Object.values(inner).reduce<number>((product, each) => product * growth(each), 1);
  if (type !== "Replace" || typeof content !== "string") return parts;
  const { String: text } = (pattern ?? {}) as Part;
  // a regular expression may match between any two characters
  return parts *
    (typeof text === "string" ? Math.max(1, content.length / text.length) : 1 + content.length);
}

/** An unknown model would be taken for a list of words. */
function knownModel(model: Part): Part {
  const { type } = model;
  if (type === "BPE" || type === "Unigram" || type === "WordPiece") return model;
  throw new Error(`its model must be BPE, Unigram or WordPiece: found ${type}`);
}

/** Newer files write a merge as a pair. */
function withStringMerges(model: Part): Part {
  const { merges } = model;
  if (!Array.isArray(merges)) return model;
  return {
    ...model,
    merges: merges.map((merge) => Array.isArray(merge) ? merge.join(" ") : merge),
  };
}

function normalizer(part: Part): Part {
  if (part["type"] === "Sequence") {
    return { ...part, normalizers: (part["normalizers"] as readonly Part[]).map(normalizer) };
  }
  if (part["type"] === "Replace") patternOf(part);
  return part;
}

function preTokenizer(part: Part): Part {
  switch (part["type"]) {
    case "Sequence":
      return {
        ...part,
        pretokenizers: (part["pretokenizers"] as readonly Part[]).map(preTokenizer),
      };
    case "Digits":
      // digits of all scripts, not only 0 to 9
      return split(part["individual_digits"] ? String.raw`\p{N}` : String.raw`\p{N}+`);
    case "ByteLevel":
      return part["use_regex"] === false || part["add_prefix_space"] === true
        ? part
        : sequence(split(GPT2_PATTERN), { ...part, use_regex: false });
    case "Split":
      return splitAsGiven(part);
    case "Metaspace":
      return metaspace(part);
    default:
      return part;
  }
}

const sequence = (...pretokenizers: readonly Part[]): Part => ({ type: "Sequence", pretokenizers });

const split = (pattern: string): Part => ({
  type: "Split",
  pattern: { Regex: toJavaScript(pattern) },
  behavior: "Isolated",
  invert: false,
});

function splitAsGiven(part: Part): Part {
  const { behavior, invert } = part;
  if (behavior !== "Isolated" && !(behavior === "Removed" && invert === true)) {
    throw new Error(`a Split must be Isolated: found ${behavior}`);
  }
  const { Regex: regex } = patternOf(part);
  return regex === undefined ? part : { ...part, pattern: { Regex: toJavaScript(regex) } };
}

/** The pattern of a Split or Replace: @xenova/transformers goes on without one that it does not know. */
function patternOf({ type, pattern }: Part): { readonly Regex?: string } {
  const { Regex: regex, String: text } = (pattern ?? {}) as Part;
  if (typeof regex === "string") return { Regex: regex };
  if (typeof text === "string") return {};
  throw new Error(`a ${type} must have a pattern`);
}

/** Newer files say by `prepend_scheme` alone whether a space goes in front, and by `split` whether words are kept apart. */
function metaspace(part: Part): Part {
  const { replacement, split: splits, prepend_scheme: scheme, add_prefix_space: adds } = part;
  const whole = { ...part, add_prefix_space: scheme === undefined ? adds : scheme !== "never" };
  if (splits === false) return whole;
  const words = { Regex: `${replacement}[^${replacement}]*|[^${replacement}]+` };
  return sequence(whole, { type: "Split", pattern: words, behavior: "Removed", invert: true });
}

function decoder(part: Part): Part {
  switch (part["type"]) {
    case "Sequence":
      return { ...part, decoders: (part["decoders"] as readonly Part[]).map(decoder) };
    case "Metaspace": {
      const { prepend_scheme: scheme, add_prefix_space: adds } = part;
      return { ...part, add_prefix_space: scheme === undefined ? adds : scheme !== "never" };
    }
    case "Replace":
      patternOf(part);
      return part;
    default:
      return part;
  }
}
