/**
 * Regular expressions of tokenizer.json, which are Oniguruma's, in JavaScript's dialect.
 *
 * @module
 */

/**
 * Unicode's White_Space, which is what `\s` means to Oniguruma. JavaScript's own takes the byte-order mark too, but not NEL (U+0085).
 */
const WHITE_SPACE = String.raw`\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;

/** GPT-2's split into words, numbers, punctuation and spaces, in Oniguruma's dialect. */
export const GPT2_PATTERN = String
  .raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** Patterns that take no more time than a text is long: of Llama 3, of Qwen 2 and 3, and of the embedded model. */
export const HARMLESS: ReadonlySet<string> = new Set([
  llamaPattern(String.raw`\p{N}{1,3}`),
  llamaPattern(String.raw`\p{N}`),
  "'s| ?[A-Za-z]+|#+|[^A-Za-z]",
]);

function llamaPattern(numbers: string): string {
  return String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|` + numbers +
    String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
}

const IGNORE_CASE = "(?i:";

/**
 * Translates `\s`, `\S` and groups that ignore case.
 *
 * @param pattern of a `Split`
 * @returns source for a RegExp with the flag u
 */
export function toJavaScript(pattern: string): string {
  let source = "";
  let inClass = false;
  /** Groups open since one that ignores case, itself included; 0 outside. */
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === "\\") {
      source += escape(pattern.slice(at, at + 2), inClass);
      at += 1;
      continue;
    }
    if (!inClass && pattern.startsWith(IGNORE_CASE, at)) {
      source += "(?:";
      depth += 1;
      at += IGNORE_CASE.length - 1;
      continue;
    }
    if (character === "[") inClass = true;
    else if (character === "]") inClass = false;
    else if (!inClass && depth > 0) depth += character === "(" ? 1 : character === ")" ? -1 : 0;
    source += depth > 0 ? bothCases(character, inClass) : character;
  }
  return source;
}

function escape(escaped: string, inClass: boolean): string {
  if (escaped === "\\s") return inClass ? WHITE_SPACE : `[${WHITE_SPACE}]`;
  if (escaped === "\\S" && !inClass) return `[^${WHITE_SPACE}]`;
  return escaped;
}

function bothCases(character: string, inClass: boolean): string {
  if (!/[a-zA-Z]/.test(character)) return character;
  const both = character.toLowerCase() + character.toUpperCase();
  return inClass ? both : `[${both}]`;
}
