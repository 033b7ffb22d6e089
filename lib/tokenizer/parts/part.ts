/**
 * The parts of tokenizer.json, and how they are looked up by their type.
 *
 * @module
 */

/** A part of tokenizer.json; `type` says which. */
export type Part = Readonly<Record<string, unknown>>;

/** Parts of one kind by their type. */
export type Makers<A> = Readonly<Record<string, (part: Part) => A>>;

/**
 * Makes a part.
 *
 * @throws {Error} where its type is none of the table's
 */
export function make<A>(kind: string, makers: Makers<A>, part: Part): A {
  const { type } = part;
  if (typeof type !== "string" || !Object.hasOwn(makers, type)) {
    throw new Error(`Unknown ${kind} type: ${type}`);
  }
  return makers[type]!(part);
}

/** A text of a part. */
export function textOf(part: Part, key: string): string {
  const text = part[key];
  if (typeof text === "string") return text;
  throw new Error(`a ${part["type"]} must have ${key}`);
}

/** A character of a part. */
export function characterOf(part: Part, key: string): string {
  const text = textOf(part, key);
  if ([...text].length === 1) return text;
  throw new Error(`the ${key} of a ${part["type"]} must be one character`);
}

/** A list of parts in a part. */
export function partsOf(part: Part, key: string): readonly Part[] {
  const parts = part[key];
  if (Array.isArray(parts)) return parts;
  throw new Error(`a ${part["type"]} must have ${key}`);
}
