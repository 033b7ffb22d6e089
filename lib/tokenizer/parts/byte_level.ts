/**
 * Bytes written as characters that print, as GPT-2 began it, and the tokens of single bytes.
 *
 * @module
 */

const isPrinted = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xff && byte !== 0xad);

/** The character of each byte: itself where it prints, else the next one from U+0100 on. */
const CHARACTERS: readonly string[] = (() => {
  let next = 0x100;
  return Array.from(
    { length: 256 },
    (_, byte) => String.fromCharCode(isPrinted(byte) ? byte : next++),
  );
})();
const BYTES: ReadonlyMap<string, number> = new Map(
  CHARACTERS.map((character, byte) => [character, byte]),
);

const encoder = new TextEncoder();

/** The UTF-8 bytes of a text. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** A text whose characters are the bytes of another. */
export const toByteCharacters = (text: string): string =>
  Array.from(utf8(text), (byte) => CHARACTERS[byte]!).join("");

/** The bytes that a token writes; those of its text where one of its characters is that of no byte, as in added tokens. */
export function bytesOf(token: string): readonly number[] {
  const bytes = Array.from(token, (character) => BYTES.get(character));
  return bytes.includes(undefined) ? [...utf8(token)] : bytes as number[];
}

/** The token of a byte where unknown characters fall back to bytes. */
export const byteToken = (byte: number): string =>
  `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;

/** The byte of such a token. */
export function byteOf(token: string): number | undefined {
  const [, digits] = /^<0x(\+[0-9a-f]|[0-9a-f]{2})>$/i.exec(token) ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}
