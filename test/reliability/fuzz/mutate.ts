/**
 * Hostile variants of valid files: what chance, a bad disk or bad will makes of them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { PCGRandom } from "effect/Utils";

const bytesOf = (texts: readonly string[]) => texts.map((text) => new TextEncoder().encode(text));

/** Values that trouble readers of JSON that is valid. */
const VALUES = bytesOf([
  ...["null", "true", "-1", "0", "1e999", "-0", "1e-400", "0.5", "99999999999999999999"],
  ...["2147483648", "4294967296", "9007199254740993", "[]", "{}", "[[1,2],[3]]", "3", "64"],
  ...['{"__proto__":{"polluted":1}}', '"__proto__"', '"constructor"', '"toString"', '"a b"'],
  ...['""', '"\\ud800"', '"\\u0000"', '"../../../etc/passwd"', '"(a+)+$"', '"["', '"1/0"'],
]);

/** Texts that trouble readers of JSON, of numbers and of text. */
const TOKENS = [
  ...VALUES,
  ...bytesOf([",", ":", '"', "\\", "\n", "\r\n", "[", "]", "{", "}", "NaN", "\u2028", "\ufeff"]),
  ...bytesOf(["é", "😀", "(?:", "\\p{L}", "[^", "####", "\\boxed{", "\\frac{1}{0}", "<<1+1=2>>"]),
  ...bytesOf(['"__proto__":', '"\\u005f_proto__":']),
  Uint8Array.of(0),
  Uint8Array.of(0xff, 0xfe),
  Uint8Array.of(0xed, 0xa0, 0x80),
  new Uint8Array(64),
];

/** Deepest nesting that is inserted. */
const DEPTH = 20_000;

type Mutation = (bytes: Uint8Array, random: PCGRandom, others: readonly Uint8Array[]) => Uint8Array;

const below = (random: PCGRandom, n: number): number => random.integer(Math.max(1, n));

/** Replaces `count` bytes from an offset. */
const replace = (bytes: Uint8Array, at: number, count: number, by: Uint8Array): Uint8Array =>
  Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + count)]);

const flipBit: Mutation = (bytes, random) => {
  const changed = Uint8Array.from(bytes);
  if (changed.length > 0) changed[below(random, changed.length)]! ^= 1 << below(random, 8);
  return changed;
};

const setByte: Mutation = (bytes, random) => {
  const changed = Uint8Array.from(bytes);
  if (changed.length > 0) changed[below(random, changed.length)] = below(random, 256);
  return changed;
};

const truncate: Mutation = (bytes, random) => bytes.subarray(0, below(random, bytes.length));

const remove: Mutation = (bytes, random) =>
  replace(bytes, below(random, bytes.length), 1 + below(random, 40), new Uint8Array());

const repeat: Mutation = (bytes, random) => {
  const at = below(random, bytes.length);
  const part = bytes.subarray(at, at + 1 + below(random, 60));
  return replace(bytes, at, 0, Buffer.concat(Array(1 + below(random, 8)).fill(part)));
};

const splice: Mutation = (bytes, random, others) => {
  const other = others[below(random, others.length)]!;
  return Buffer.concat([
    bytes.subarray(0, below(random, bytes.length)),
    other.subarray(below(random, other.length)),
  ]);
};

const insertToken: Mutation = (bytes, random) =>
  replace(
    bytes,
    below(random, bytes.length),
    random.number() < 0.5 ? 0 : 1 + below(random, 4),
    TOKENS[below(random, TOKENS.length)]!,
  );

/** Puts another value in the place of a value or key, so that JSON stays JSON. */
const replaceValue: Mutation = (bytes, random) => {
  const text = Buffer.from(bytes).toString("latin1");
  const values = [...text.matchAll(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null|"[^"\\]*"/gi)];
  const value = values[below(random, values.length)];
  if (value === undefined) return bytes;
  return replace(bytes, value.index, value[0].length, VALUES[below(random, VALUES.length)]!);
};

const nest: Mutation = (bytes, random) => {
  const depth = below(random, DEPTH);
  const [open, close] = random.number() < 0.5 ? ["[", "]"] : ['{"a":', "}"];
  const nested = open.repeat(depth) + (random.number() < 0.5 ? `1${close.repeat(depth)}` : "");
  return replace(bytes, below(random, bytes.length), 0, new TextEncoder().encode(nested));
};

/** With how often each is chosen: nesting makes long texts. */
const MUTATIONS: readonly (readonly [weight: number, mutation: Mutation])[] = [
  [20, flipBit],
  [15, setByte],
  [8, truncate],
  [12, remove],
  [8, repeat],
  [8, splice],
  [20, insertToken],
  [10, replaceValue],
  [1, nest],
];

/**
 * Makes a hostile variant of one of the seeds by one to four mutations; two of five stay JSON, to come further than its parser.
 *
 * @param seeds valid files; one at least
 */
export function mutate(seeds: readonly Uint8Array[], random: PCGRandom): Uint8Array {
  let bytes = seeds[below(random, seeds.length)]!;
  const staysJson = random.number() < 0.4;
  for (let left = 1 + below(random, 4); left > 0; left--) {
    if (staysJson) {
      bytes = replaceValue(bytes, random, seeds);
      continue;
    }
    let chosen = below(random, MUTATIONS.reduce((sum, [weight]) => sum + weight, 0));
    const [, mutation] = MUTATIONS.find(([weight]) => (chosen -= weight) < 0)!;
    bytes = mutation(bytes, random, seeds);
  }
  return bytes;
}
