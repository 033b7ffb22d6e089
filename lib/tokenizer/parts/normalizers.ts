/**
 * What tokenizer.json does to a text before it is split, as Hugging Face's tokenizers computes it.
 *
 * @module
 */
import { toByteCharacters } from "./byte_level.ts";
import { make, type Makers, type Part, partsOf, textOf } from "./part.ts";
import { toRegExp } from "./patterns.ts";
import { precompiled } from "./precompiled.ts";

/** A change of a text. */
export type Normalizer = (text: string) => string;

/** The normalizer of a part, or none. */
export const normalizer = (part: Part | null | undefined): Normalizer =>
  part ? make("Normalizer", NORMALIZERS, part) : (text) => text;

/** Letter by letter: a text as a whole would end its words with another sigma. */
const lowercase: Normalizer = (text) => Array.from(text, (each) => each.toLowerCase()).join("");

const NORMALIZERS: Makers<Normalizer> = {
  Sequence: (part) => {
    const each = partsOf(part, "normalizers").map(normalizer);
    return (text) => each.reduce((changed, change) => change(changed), text);
  },
  NFC: () => (text) => text.normalize("NFC"),
  NFD: () => (text) => text.normalize("NFD"),
  NFKC: () => (text) => text.normalize("NFKC"),
  NFKD: () => (text) => text.normalize("NFKD"),
  Lowercase: () => lowercase,
  StripAccents: () => (text) => text.replace(/\p{M}/gu, ""),
  Strip: ({ strip_left: left, strip_right: right }) => (text) => {
    const fromLeft = left ? text.replace(/^\p{White_Space}+/u, "") : text;
    return right ? fromLeft.replace(/(?<!\p{White_Space})\p{White_Space}+$/u, "") : fromLeft;
  },
  Prepend: (part) => {
    const before = textOf(part, "prepend");
    return (text) => text === "" ? "" : before + text;
  },
  Replace: replacement,
  ByteLevel: () => toByteCharacters,
  BertNormalizer: bert,
  Precompiled: (part) => precompiled(textOf(part, "precompiled_charsmap")),
};

/** Replaces what a pattern matches; a dollar sign in the new text means itself. */
export function replacement(part: Part): Normalizer {
  const pattern = toRegExp(part["pattern"], "Replace");
  const content = textOf(part, "content");
  return (text) => text.replace(pattern, () => content);
}

/** What tokenizers 0.23 takes for Chinese, one slip of a block's start included. */
const CHINESE =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;

function bert(part: Part): Normalizer {
  const { lowercase: lowers, strip_accents: given, clean_text, handle_chinese_chars } = part;
  const strips = given ?? lowers;
  return (text) => {
    let changed = text;
    if (clean_text) {
      changed = changed.replace(/(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\uFFFD]/gu, "")
        .replace(/\p{White_Space}/gu, " ");
    }
    if (handle_chinese_chars) changed = changed.replace(CHINESE, " $& ");
    if (strips) changed = changed.normalize("NFD").replace(/\p{Mn}/gu, "");
    return lowers ? lowercase(changed) : changed;
  };
}
