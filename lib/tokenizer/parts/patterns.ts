/**
 * Regular expressions of tokenizer.json, which are Oniguruma's (Ruby's syntax), in JavaScript's dialect.
 *
 * @module
 */

/** What `\w` means to Oniguruma inside a class. */
const WORD_IN_CLASS = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}`;
/** And outside, where superscript digits and fractions of Latin-1 count too. */
const WORD = WORD_IN_CLASS + String.raw`\xb2\xb3\xb9\xbc-\xbe`;

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

/** A pattern of `{ "Regex": ... }` or `{ "String": ... }`; matches globally. */
export function toRegExp(pattern: unknown, where: string): RegExp {
  const { Regex: regex, String: text } = (pattern ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof regex === "string") return new RegExp(toJavaScript(regex), "gu");
  if (typeof text === "string") return new RegExp(escapeRegExp(text), "gu");
  throw new Error(`a ${where} must have a pattern`);
}

/** A source that matches a text literally. */
export const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** Outside classes: a line begins and ends at \n alone, and so does what `.` leaves out. */
const ANCHORS: Readonly<Record<string, string>> = {
  "^": String.raw`(?:(?<![^])|(?<=\n)(?=[^]))`,
  "$": String.raw`(?![^\n])`,
  ".": String.raw`[^\n]`,
};

/** Escapes that mean other characters than in JavaScript, or are missing there. */
const ESCAPES: Readonly<Record<string, string>> = {
  s: String.raw`\p{White_Space}`,
  S: String.raw`\P{White_Space}`,
  d: String.raw`\p{Nd}`,
  D: String.raw`\P{Nd}`,
  w: `[${WORD}]`,
  W: `[^${WORD}]`,
  b: `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`,
  B: `(?:(?<=[${WORD}])(?=[${WORD}])|(?<![${WORD}])(?![${WORD}]))`,
  A: "(?<![^])",
  z: "(?![^])",
  Z: String.raw`(?=\n?(?![^]))`,
};

/** Those whose translation is a class or no character, inside a class. */
const ESCAPES_IN_CLASS: Readonly<Record<string, string>> = {
  w: WORD_IN_CLASS,
  b: String.raw`\x08`,
};

/**
 * Translates what the two dialects write alike and mean differently, and refuses what only looks alike.
 *
 * @param pattern of a `Split` or `Replace`
 * @returns source for a RegExp with the flag u
 * @throws {Error} at classes in classes, intersections and options other than `i`
 */
export function toJavaScript(pattern: string): string {
  let source = "";
  let inClass = false;
  let ignoresCase = false;
  /** Whether case was ignored around each open group. */
  const around: boolean[] = [];
  for (let at = 0; at < pattern.length;) {
    const rest = pattern.slice(at, at + 40);
    const [escaped] = /^\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|[^])/.exec(rest) ?? [];
    if (escaped !== undefined) {
      source += escape(escaped, inClass);
      at += escaped.length;
      continue;
    }
    const character = rest[0]!;
    if (inClass) {
      if (character === "[" || rest.startsWith("&&")) {
        throw new Error(`its pattern has a class in a class: ${pattern}`);
      }
      const [range] = ignoresCase ? /^[a-z]-[a-z]|^[A-Z]-[A-Z]/.exec(rest) ?? [] : [];
      inClass = character !== "]";
      const taken = range ?? character;
      source += ignoresCase ? bothCases(taken, true) : taken;
      at += taken.length;
      continue;
    }
    const [options] = /^\(\?[a-z-]+[:)]/.exec(rest) ?? [];
    if (options !== undefined) {
      if (!options.startsWith("(?i")) throw new Error(`its pattern has the option ${options}`);
      if (options === "(?i:") around.push(ignoresCase);
      source += options === "(?i:" ? "(?:" : "";
      ignoresCase = true;
      at += options.length;
      continue;
    }
    if (character === "(") around.push(ignoresCase);
    if (character === ")") ignoresCase = around.pop() ?? false;
    if (character === "[") {
      const [opening] = /^\[\^?\]?/.exec(rest)!;
      inClass = true;
      source += opening.endsWith("]") ? `${opening.slice(0, -1)}\\]` : opening;
      at += opening.length;
      continue;
    }
    source += ANCHORS[character] ?? (ignoresCase ? bothCases(character, false) : character);
    at += 1;
  }
  return source;
}

function escape(escaped: string, inClass: boolean): string {
  const letter = escaped[1]!;
  if (letter === "x" && escaped.length > 2) return `\\u${escaped.slice(2)}`;
  if (letter === "p" || letter === "P") return property(escaped);
  const inside = inClass ? ESCAPES_IN_CLASS[letter] : undefined;
  if (inside !== undefined) return inside;
  if (inClass && "WBAzZ".includes(letter)) throw new Error(`its pattern has ${escaped} in a class`);
  if (Object.hasOwn(ESCAPES, letter)) return ESCAPES[letter]!;
  // JavaScript lets only the characters of its own syntax be escaped
  return /[!-,:-@[-`{-~ ]/.test(letter) && !/[\^$\\.*+?()[\]{}|]/.test(letter) ? letter : escaped;
}

/** `\p{Han}`, which JavaScript writes as `\p{Script=Han}`. */
function property(escaped: string): string {
  try {
    new RegExp(escaped, "u");
    return escaped;
  } catch {
    return escaped.replace("{", "{Script=");
  }
}

/** Characters beyond the two cases that are the same letter to a search that ignores case. */
const FOLDED: Readonly<Record<string, string>> = { s: "\u017F", k: "\u212A" };

function bothCases(text: string, inClass: boolean): string {
  const lower = text.toLowerCase();
  if (!/[a-z]/.test(lower)) return text;
  const [first, last] = [lower[0]!, lower.at(-1)!];
  const folded = Object.entries(FOLDED).filter(([letter]) => first <= letter && letter <= last);
  const all = lower + text.toUpperCase() + folded.map(([, other]) => other).join("");
  return inClass ? all : `[${all}]`;
}
