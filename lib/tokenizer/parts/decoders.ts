/**
 * How tokens become a text again, as Hugging Face's tokenizers computes it.
 *
 * @module
 */
import { byteOf, bytesOf } from "./byte_level.ts";
import { replacement } from "./normalizers.ts";
import { characterOf, make, type Makers, type Part, partsOf, textOf } from "./part.ts";
import { schemeOf } from "./pre_tokenizers.ts";

/** Changes tokens on their way to a text, of which they are the parts in the end. */
export type Decoder = (tokens: readonly string[]) => readonly string[];

/** The decoder of a part; without one, tokens are words. */
export function decoder(part: Part | null | undefined): (tokens: readonly string[]) => string {
  if (!part) return (tokens) => tokens.join(" ");
  const decode = make("Decoder", DECODERS, part);
  return (tokens) => decode(tokens).join("");
}

const DECODERS: Makers<Decoder> = {
  Sequence: (part) => {
    const each = partsOf(part, "decoders").map((inner) => make("Decoder", DECODERS, inner));
    return (tokens) => each.reduce((changed, change) => change(changed), tokens);
  },
  ByteLevel: () => (tokens) => [lossy(Uint8Array.from(tokens.flatMap(bytesOf)))],
  ByteFallback: () => byteFallback,
  Fuse: () => (tokens) => [tokens.join("")],
  Replace: (part) => {
    const replace = replacement(part);
    return (tokens) => tokens.map(replace);
  },
  Strip: strip,
  Metaspace: (part) => {
    const space = characterOf(part, "replacement");
    const atStart = schemeOf(part) === "never" ? " " : "";
    // all spaces of the first token, not only its first one
    return (tokens) => tokens.map((each, i) => each.replaceAll(space, i === 0 ? atStart : " "));
  },
  WordPiece: wordPiece,
  BPEDecoder: (part) => {
    const suffix = textOf(part, "suffix");
    if (suffix === "") throw new Error("the suffix of a BPEDecoder is empty");
    return (tokens) =>
      tokens.map((each, i) => each.replaceAll(suffix, i === tokens.length - 1 ? "" : " "));
  },
};

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const replacing = new TextDecoder("utf-8", { ignoreBOM: true });
const lossy = (bytes: Uint8Array): string => replacing.decode(bytes);

/** Tokens of bytes become the text that they write together, or as many signs for the unknown where they write none. */
function byteFallback(tokens: readonly string[]): readonly string[] {
  const texts: string[] = [];
  let run: number[] = [];
  const flush = () => {
    if (run.length > 0) texts.push(...textOfRun(run));
    run = [];
  };
  for (const token of tokens) {
    const byte = byteOf(token);
    if (byte !== undefined) run.push(byte);
    else {
      flush();
      texts.push(token);
    }
  }
  flush();
  return texts;
}

function textOfRun(bytes: readonly number[]): readonly string[] {
  try {
    return [strict.decode(Uint8Array.from(bytes))];
  } catch {
    return bytes.map(() => "\uFFFD");
  }
}

/** Takes up to so many of a character from the ends of each token. */
function strip(part: Part): Decoder {
  const content = characterOf(part, "content");
  const { start, stop } = part as { readonly start: number; readonly stop: number };
  return (tokens) =>
    tokens.map((token) => {
      const characters = [...token];
      let [from, to] = [0, characters.length];
      while (from < start && characters[from] === content) from += 1;
      while (characters.length - to < stop && to > from && characters[to - 1] === content) to -= 1;
      return characters.slice(from, to).join("");
    });
}

/** What spaces a WordPiece decoder takes out, in this order. */
const CLEANUP: readonly (readonly [string, string])[] = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" do not", " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

function wordPiece(part: Part): Decoder {
  const prefix = textOf(part, "prefix");
  const clean = (text: string) =>
    part["cleanup"]
      ? CLEANUP.reduce((cleaned, [from, to]) => cleaned.replaceAll(from, to), text)
      : text;
  return (tokens) =>
    tokens.map((token, i) =>
      clean(i === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`)
    );
}
