/**
 * How tokenizer.json splits a text before its model sees it, as Hugging Face's tokenizers computes it.
 *
 * @module
 */
import { toByteCharacters } from "./byte_level.ts";
import { characterOf, make, type Makers, type Part, partsOf } from "./part.ts";
import { escapeRegExp, GPT2_PATTERN, toJavaScript, toRegExp } from "./patterns.ts";

/** A piece of a text. */
export interface Piece {
  readonly text: string;
  /** Whether it is where the whole text begins. */
  readonly first: boolean;
}

/** Splits pieces further, or changes them. */
export type PreTokenizer = (pieces: readonly Piece[]) => readonly Piece[];

/** The pre-tokenizer of a part, or none. */
export const preTokenizer = (part: Part | null | undefined): PreTokenizer =>
  part ? make("PreTokenizer", PRE_TOKENIZERS, part) : (pieces) => pieces;

/** `\w` of Rust's regular expressions. */
export const WORD = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}`;
const SPACE = String.raw`\p{White_Space}`;
/** With two signs that were punctuation in an older Unicode. */
const PUNCTUATION = "[\\p{P}!-/:-@[-`{-~\\u166D\\u{111C9}]";

const PRE_TOKENIZERS: Makers<PreTokenizer> = {
  Sequence: (part) => chain(...partsOf(part, "pretokenizers").map(preTokenizer)),
  Split: ({ pattern, behavior, invert }) => split(toRegExp(pattern, "Split"), behavior, invert),
  Whitespace: () => split(`[${WORD}]+|[^${WORD}${SPACE}]+`, "Removed", true),
  WhitespaceSplit: () => split(SPACE, "Removed"),
  BertPreTokenizer: () => chain(split(SPACE, "Removed"), split(PUNCTUATION, "Isolated")),
  Punctuation: ({ behavior = "Isolated" }) => split(PUNCTUATION, behavior),
  Digits: ({ individual_digits: one }) => split(String.raw`\p{N}`, one ? "Isolated" : "Contiguous"),
  CharDelimiterSplit: (part) => split(escapeRegExp(characterOf(part, "delimiter")), "Removed"),
  FixedLength: fixedLength,
  Metaspace: metaspace,
  ByteLevel: byteLevel,
};

const chain = (...each: readonly PreTokenizer[]): PreTokenizer => (pieces) =>
  each.reduce((split, next) => next(split), pieces);

const eachText = (change: (piece: Piece) => string): PreTokenizer => (pieces) =>
  pieces.map((piece) => ({ ...piece, text: change(piece) }));

/** A part of a piece that a pattern matches, or that lies between two that it does. */
interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly matched: boolean;
}

/** Whether a stretch stays together with the one before it, by the behavior of a split. */
const JOINS: Readonly<Record<string, (stretch: Stretch, before: Stretch) => boolean>> = {
  Removed: () => false,
  Isolated: () => false,
  Contiguous: (stretch, before) => stretch.matched === before.matched,
  MergedWithPrevious: (stretch, before) => stretch.matched && !before.matched,
  MergedWithNext: (stretch, before) => !stretch.matched && before.matched,
};

function split(pattern: RegExp | string, behavior: unknown, invert: unknown = false): PreTokenizer {
  const regex = typeof pattern === "string" ? new RegExp(pattern, "gu") : pattern;
  if (typeof behavior !== "string" || !Object.hasOwn(JOINS, behavior)) {
    throw new Error(`Unknown behavior of a split: ${behavior}`);
  }
  const joins = JOINS[behavior]!;
  return (pieces) =>
    pieces.flatMap(({ text, first }) => {
      const found: { start: number; end: number; matched: boolean }[] = [];
      let before: Stretch | undefined;
      for (const stretch of stretches(text, regex, invert === true)) {
        if (before !== undefined && joins(stretch, before)) found.at(-1)!.end = stretch.end;
        else if (!stretch.matched || behavior !== "Removed") found.push({ ...stretch });
        before = stretch;
      }
      return found.filter(({ start, end }) => end > start).map(({ start, end }) => ({
        text: text.slice(start, end),
        first: first && start === 0,
      }));
    });
}

function* stretches(text: string, regex: RegExp, invert: boolean): Generator<Stretch> {
  let end = 0;
  for (const { 0: match, index } of text.matchAll(regex)) {
    if (index > end) yield { start: end, end: index, matched: invert };
    end = index + match.length;
    yield { start: index, end, matched: !invert };
  }
  if (end < text.length) yield { start: end, end: text.length, matched: invert };
}

function fixedLength({ length = 5 }: Part): PreTokenizer {
  if (!(Number.isInteger(length) && length as number > 0)) {
    throw new Error(`the length of a FixedLength must be a whole number: found ${length}`);
  }
  return split(`[^]{1,${length}}`, "Isolated");
}

function metaspace(part: Part): PreTokenizer {
  const replacement = characterOf(part, "replacement");
  const scheme = schemeOf(part);
  const prepends = ({ text, first }: Piece) =>
    !text.startsWith(replacement) && (scheme === "always" || (scheme === "first" && first));
  const marked = eachText(({ text, first }) => {
    const replaced = text.replaceAll(" ", () => replacement);
    return prepends({ text: replaced, first }) ? replacement + replaced : replaced;
  });
  return part["split"] === false
    ? marked
    : chain(marked, split(escapeRegExp(replacement), "MergedWithNext"));
}

/** Where a Metaspace puts a space: newer files say by `prepend_scheme`, older ones by `add_prefix_space` alone. */
export function schemeOf({ prepend_scheme: scheme, add_prefix_space: adds }: Part): unknown {
  return scheme ?? (adds === false ? "never" : "always");
}

const GPT2 = toJavaScript(GPT2_PATTERN);

function byteLevel({ use_regex: usesRegex, add_prefix_space: addsSpace }: Part): PreTokenizer {
  return chain(
    addsSpace ? eachText(({ text }) => text.startsWith(" ") ? text : ` ${text}`) : chain(),
    usesRegex === false ? chain() : split(GPT2, "Isolated"),
    eachText(({ text }) => toByteCharacters(text)),
  );
}
