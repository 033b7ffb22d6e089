/**
 * Parsing JSON that others wrote, so that nothing in it can be turned against the program.
 *
 * @module
 */
import { Either } from "effect";

/** Options of {@linkcode parseJson}. */
export interface ParseOptions {
  /** Allow the key `__proto__`, for words as keys that are never assigned to another object; false by default. */
  readonly anyKeys?: boolean;
  /** Give integers that a double cannot hold as text, digit by digit; false by default, which rounds them. */
  readonly exactIntegers?: boolean;
}

/**
 * Parses UTF-8 JSON. A key `__proto__` is refused, however it is escaped: assigned to another object it would replace that object's
 * prototype.
 *
 * @returns the value, or the reason as text
 */
export function parseJson(
  bytes: Uint8Array,
  { anyKeys = false, exactIntegers = false }: ParseOptions = {},
): Either.Either<unknown, string> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return Either.left("it is not valid UTF-8 text");
  }
  if (exactIntegers && LONG_INTEGER.test(text)) text = quoteLongIntegers(text);
  try {
    // A reviver costs several times the parsing, so only a text that could hold the key gets one.
    const mayHoldKey = !anyKeys && (text.includes("__proto__") || text.includes("\\u"));
    return Either.right(mayHoldKey ? JSON.parse(text, refusePrototype) : JSON.parse(text));
  } catch (error) {
    return Either.left(
      error instanceof ForbiddenKey
        ? 'it has the forbidden key "__proto__"'
        : `it is not valid JSON: ${(error as Error).message.split("\n")[0]}`,
    );
  }
}

/** An integer with more digits than every double has. */
const LONG_INTEGER = /(?<![\d.eE+])\d{16,}(?![\d.eE])/;

/** Strings, and numbers with their sign, point and exponent. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Puts long integers into quotes where they stand as values. */
function quoteLongIntegers(text: string): string {
  return text.replace(
    TOKEN,
    (token) =>
      /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
}

class ForbiddenKey extends Error {}

function refusePrototype(key: string, value: unknown): unknown {
  if (key === "__proto__") throw new ForbiddenKey();
  return value;
}

/** Whether a value has the key `__proto__` at any depth: assigned to another object it is lost without a word. */
export function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasPrototypeKey);
  return Object.keys(value).some((key) =>
    key === "__proto__" || hasPrototypeKey((value as Record<string, unknown>)[key])
  );
}
