/**
 * SentencePiece's table of replaced characters: a double-array trie whose values are places in a text of the replacements.
 * Source: https://github.com/huggingface/spm_precompiled
 *
 * @module
 */
import { utf8 } from "./byte_level.ts";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Bytes that replace a character at most: twice those of the longest of Unicode's own. */
const LONGEST = 66;

/** Bytes of a cluster of characters up to which it is looked up as a whole. */
const MOST_BYTES = 5;

/**
 * Replaces characters by a table.
 *
 * @param charsmap in base64: the trie's length, the trie, the replacements, each ended by a zero
 */
export function precompiled(charsmap: string): (text: string) => string {
  const blob = Uint8Array.from(atob(charsmap), (character) => character.charCodeAt(0));
  const view = new DataView(blob.buffer);
  const units = Math.floor(view.getUint32(0, true) / 4);
  if (4 + 4 * units > blob.length) throw new Error("a Precompiled normalizer is truncated");
  const unit = (at: number) => at < units ? view.getUint32(4 + 4 * at, true) : 0;
  const replacements = blob.subarray(4 + 4 * units);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** The replacement of the shortest start of a text that the trie holds. */
  function replace(text: string): string | undefined {
    let at = offset(unit(0));
    for (const byte of utf8(text)) {
      if (byte === 0) return undefined;
      at ^= byte;
      const next = unit(at);
      if ((next & 0x800000ff) !== byte) return undefined;
      at ^= offset(next);
      if ((next >>> 8 & 1) === 1) {
        const start = unit(at) & 0x7fffffff;
        const end = replacements.indexOf(0, start);
        const replacement = replacements.subarray(start, end < 0 ? undefined : end);
        if (replacement.length > LONGEST) {
          throw new Error(`a Precompiled normalizer writes ${replacement.length} bytes for one`);
        }
        return decoder.decode(replacement);
      }
    }
    return undefined;
  }

  return (text) =>
    Array.from(graphemes.segment(text), ({ segment }) => {
      const whole = utf8(segment).length <= MOST_BYTES ? replace(segment) : undefined;
      return whole ?? Array.from(segment, (each) => replace(each) ?? each).join("");
    }).join("");
}

const offset = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);
