/**
 * Tables of what can be chosen by name: tasks, templates, arms, triggers, corruptions, acceptance rules. Help, error messages, grids and
 * reports read them, so that a new entry is known everywhere.
 *
 * @module
 */
import { Data, Either } from "effect";
import { nearest } from "./nearest.ts";

/** What stands behind a name. */
export interface Entry<Options, Made> {
  /** What it is, in a few words, for help and reports. */
  readonly description: string;
  /** Its own options that may be left out, with their defaults; none by default. */
  readonly defaults?: Partial<Options>;
  /** Makes it. */
  readonly make: (options: Options) => Made;
}

/** Named entries of one kind. */
export interface Registry<E, Name extends string = string> {
  /** What the entries are, in the singular: "trigger". */
  readonly kind: string;
  /** The entries by name, in the order in which they are listed. */
  readonly entries: Readonly<Record<Name, E>>;
}

/**
 * A name that is not among the known ones.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Either } from "effect";
 * import { Registry } from "dynamic-prompt-corruption/registry";
 *
 * const shapes = Registry.make("shape", {
 *   circle: { description: "all points at one distance", sides: 0 },
 *   square: { description: "four equal sides", sides: 4 },
 * });
 * assert.equal(Either.getOrThrow(Registry.find(shapes, "square")).sides, 4);
 * const error = Either.getOrThrow(Either.flip(Registry.find(shapes, "squire")));
 * assert.equal(error.nearest, "square");
 * ```
 */
export class UnknownName extends Data.TaggedError("UnknownName")<{
  /** What it should name, in the singular: "trigger". */
  readonly kind: string;
  /** What was asked for. */
  readonly name: string;
  /** What could have been. */
  readonly known: readonly string[];
}> {
  /** The known name that was most likely meant, if any is similar. */
  get nearest(): string | undefined {
    return nearest(this.name, this.known);
  }

  /** One line for the user. */
  override get message(): string {
    const { kind, name, known, nearest } = this;
    const guess = nearest === undefined ? "" : ` (did you mean '${nearest}'?)`;
    return `Cannot find the ${kind} '${name}'${guess}: the ${kind}s are ${
      known.join(", ") || "none"
    }`;
  }
}

/** A registry of these entries. */
export const make = <E, Name extends string>(
  kind: string,
  entries: Readonly<Record<Name, E>>,
): Registry<E, Name> => ({ kind, entries });

/** The names, in order. */
export const names = <Name extends string>(
  { entries }: Registry<unknown, Name>,
): readonly Name[] => Object.keys(entries) as Name[];

/** The entry of a name. */
export const find = <E, Name extends string>(
  registry: Registry<E, Name>,
  name: string,
): Either.Either<E, UnknownName> =>
  Either.map(
    oneOf(registry.kind, name, names(registry)),
    (known) => registry.entries[known],
  );

/** The name itself if it is known; for what is chosen by name without a registry. */
export function oneOf<Name extends string>(
  kind: string,
  name: string,
  known: readonly Name[],
): Either.Either<Name, UnknownName> {
  return known.includes(name as Name)
    ? Either.right(name as Name)
    : Either.left(new UnknownName({ kind, name, known }));
}

/** All names with what they are, for help: "never (corrects nothing), always (corrects everything)". */
export const help = (
  { entries }: Registry<{ readonly description: string }>,
): string =>
  Object.entries(entries).map(([name, { description }]) => `${name} (${description})`).join(", ");
