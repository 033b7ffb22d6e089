/**
 * Sizes of axes: numbers, or names such as "tokens" of sizes that each run chooses, and sums and products of those. A size is written
 * in one way alone ("cache+tokens", "3*tokens+1"), so equal sizes are equal strings and a shape prints as it is.
 *
 * @module
 */

/**
 * A number, or what a run chooses: any number, taken as larger than all that are written.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { formatType, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const past = Graph.input("past", "f32", ["batch", "cache", 64]); // one graph for any batch and cache
 * const own = Graph.input("own", "f32", ["batch", 1, 64]);
 * assert.equal(formatType(Op.concat([past, own], 1)), "f32[batch,cache+1,64]");
 * ```
 */
export type Size = number | string;

/** How many there are of each product of names, "" for the number that is added. */
type Terms = Map<string, number>;

function termsOf(size: Size): Terms {
  if (typeof size === "number") return new Map([["", size]]);
  return new Map(
    size.replaceAll("-", "+-").split("+").filter((term) => term !== "").map((term) => {
      const [, sign, count, names] = /^(-?)(\d*)\*?(.*)$/.exec(term)!;
      return [names!, Number(`${sign}${count === "" ? 1 : count}`)];
    }),
  );
}

function fromTerms(terms: Terms): Size {
  const named = [...terms].filter(([names, count]) => names !== "" && count !== 0).sort();
  const added = terms.get("") ?? 0;
  if (named.length === 0) return added;
  const texts = named.map(([names, count]) =>
    count === 1 ? names : count === -1 ? `-${names}` : `${count}*${names}`
  );
  return [...texts, ...(added === 0 ? [] : [`${added}`])].join("+").replaceAll("+-", "-");
}

/** a + b. */
export function plus(a: Size, b: Size): Size {
  if (typeof a === "number" && typeof b === "number") return a + b;
  const terms = termsOf(a);
  for (const [names, count] of termsOf(b)) terms.set(names, (terms.get(names) ?? 0) + count);
  return fromTerms(terms);
}

/** a b. */
export function times(a: Size, b: Size): Size {
  if (typeof a === "number" && typeof b === "number") return a * b;
  const terms: Terms = new Map();
  for (const [left, m] of termsOf(a)) {
    for (const [right, n] of termsOf(b)) {
      const names = [left, right].flatMap((each) => each === "" ? [] : each.split("*")).sort();
      const key = names.join("*");
      terms.set(key, (terms.get(key) ?? 0) + m * n);
    }
  }
  return fromTerms(terms);
}

/** a - b. */
export const minus = (a: Size, b: Size): Size => plus(a, times(-1, b));

/**
 * What it is in a run.
 *
 * @param sizes of its names, or of itself
 */
export function valueOf(size: Size, sizes: ReadonlyMap<string, number>): number {
  if (typeof size === "number") return size;
  const known = sizes.get(size);
  if (known !== undefined) return known;
  let sum = 0;
  for (const [names, count] of termsOf(size)) {
    const factors = names === "" ? [] : names.split("*").map((name) => sizes.get(name) ?? NaN);
    sum += factors.reduce((product, factor) => product * factor, count);
  }
  return sum;
}

/** Whether a run chooses it. */
export const isOpen = (size: Size): size is string => typeof size === "string";

/** Whether it is less than zero for all large values of its names. */
export const isNegative = (size: Size): boolean =>
  isOpen(size) ? [...termsOf(size)].every(([names, count]) => names === "" || count < 0) : size < 0;
