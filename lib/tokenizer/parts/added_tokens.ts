/**
 * Added tokens: found in a text before it is split, some of them before it is normalised.
 * Source: https://github.com/huggingface/tokenizers (`AddedVocabulary`).
 *
 * @module
 */
import type { Part } from "./part.ts";
import { escapeRegExp } from "./patterns.ts";
import { WORD } from "./pre_tokenizers.ts";

/** A token that is found in a text before it is split. */
export interface AddedToken extends Part {
  readonly id: number;
  readonly content: string;
}

/** A stretch of a text: an added token, or what lies between two. */
export interface Section {
  readonly text: string;
  readonly start: number;
  readonly token?: AddedToken;
}

const SPACE = /\p{White_Space}/u;
const ENDS_IN_WORD = new RegExp(`[${WORD}]$`, "u");
const STARTS_WITH_WORD = new RegExp(`^[${WORD}]`, "u");

/** What {@linkcode finder} looks for: a token by how it is written in a text. */
export type Written = readonly [text: string, token: AddedToken];

/** Finds added tokens, the longest of several that begin at one place. */
export function finder(tokens: readonly Written[]): (text: string) => readonly Section[] {
  const written = new Map(tokens.filter(([text]) => text !== ""));
  if (written.size === 0) return (text) => [{ text, start: 0 }];
  const longestFirst = [...written.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escapeRegExp).join("|"), "gu");
  return (text) => {
    const sections: Section[] = [];
    let end = 0;
    for (const { 0: match, index } of text.matchAll(pattern)) {
      const token = written.get(match)!;
      let [start, stop] = [index, index + match.length];
      if (token["single_word"] && insideWord(text, start, stop)) continue;
      // one by one, and no further than the token before: many tokens among many spaces would be searched for again and again
      while (token["lstrip"] && start > end && SPACE.test(text[start - 1]!)) start -= 1;
      if (token["lstrip"]) start = Math.max(start, end);
      while (token["rstrip"] && stop < text.length && SPACE.test(text[stop]!)) stop += 1;
      if (end < start) sections.push({ text: text.slice(end, start), start: end });
      // of spaces that the one before it took nothing is left
      if (start < stop) sections.push({ text: match, start, token });
      end = stop;
    }
    if (end < text.length) sections.push({ text: text.slice(end), start: end });
    return sections;
  };
}

const insideWord = (text: string, start: number, stop: number): boolean =>
  ENDS_IN_WORD.test(text.slice(Math.max(0, start - 2), start)) ||
  STARTS_WITH_WORD.test(text.slice(stop, stop + 2));
