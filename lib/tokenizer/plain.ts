/**
 * What of a tokenizer.json is refused by its size, before any of it is used, and what can be used without a limit of time.
 *
 * @module
 */
import { HARMLESS, type Part, type TokenizerParts } from "./parts/mod.ts";

/** Words, merges, added tokens and parts that a tokenizer may have: several times what any has. */
const MOST = {
  words: 2 ** 21,
  merges: 2 ** 22,
  added_tokens: 2 ** 17,
  parts: 1000,
} as const;

/** Words that a vocabulary may have, or ids. */
export const MOST_WORDS = MOST.words;

/**
 * Checks the sizes of what a file holds, whatever its form.
 *
 * @throws {Error} naming what there is too much of
 */
export function checkSizes(json: unknown): void {
  const { model, added_tokens: added, ...parts } = (json ?? {}) as Partial<TokenizerParts>;
  const { vocab, merges } = (model ?? {}) as Part;
  const found = {
    words: Array.isArray(vocab) ? vocab.length : countKeys(vocab),
    merges: Array.isArray(merges) ? merges.length : 0,
    added_tokens: Array.isArray(added) ? added.length : 0,
    parts: countParts(parts),
  };
  for (const [what, most] of Object.entries(MOST)) {
    const number = found[what as keyof typeof found];
    if (number > most) throw new Error(`it may have at most ${most} ${what}: found ${number}`);
  }
}

const countKeys = (value: unknown): number =>
  typeof value === "object" && value !== null ? Object.keys(value).length : 0;

/** Objects with a type in a value, at any depth. */
function countParts(value: unknown): number {
  let count = 0;
  for (const pending = [value]; pending.length > 0;) {
    const next = pending.pop();
    if (typeof next !== "object" || next === null) continue;
    if ("type" in next) count += 1;
    for (const inner of Object.values(next)) pending.push(inner);
  }
  return count;
}

/** Characters of all parts around a plain model, as JSON, and added tokens beside it. */
const PLAIN_CHARACTERS = 100_000;
const PLAIN_ADDED = 20_000;
/** Characters that a plain part may write at a time. */
const PLAIN_TEXT = 100;

/**
 * Whether a tokenizer takes no more time and memory than a text is long: byte-pair encoding after parts and patterns that are known. All
 * others are used in a thread of their own (./guarded.ts).
 */
export function isPlain(json: TokenizerParts): boolean {
  const { model, added_tokens: added } = json;
  const parts = [json.normalizer, json.pre_tokenizer, json.post_processor, json.decoder];
  const text = JSON.stringify(parts);
  if (text.length > PLAIN_CHARACTERS || added.length > PLAIN_ADDED) return false;
  if (!Array.isArray(model["merges"]) || (model["type"] ?? "BPE") !== "BPE") return false;
  const patterns = [...text.matchAll(/"Regex":("(?:[^"\\]|\\.)*")/g)];
  const written = [...text.matchAll(/"(?:content|prepend|prefix|suffix)":"((?:[^"\\]|\\.)*)"/g)];
  return !text.includes('"Precompiled"') &&
    patterns.every(([, pattern]) => HARMLESS.has(JSON.parse(pattern!))) &&
    written.every(([, each]) => each!.length <= PLAIN_TEXT);
}
