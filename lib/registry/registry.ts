/**
 * Tables of what can be chosen by name: tasks, templates, arms, triggers, corruptions, acceptance rules. Help, error messages, grids and
 * reports read them, so that a new entry is known everywhere.
 *
 * @module
 */
import { Either } from "effect";
import { oneOf, type UnknownName } from "./unknown_name.ts";

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

/** All names with what they are, for help: "never (corrects nothing), always (corrects everything)". */
export const help = (
  { entries }: Registry<{ readonly description: string }>,
): string =>
  Object.entries(entries).map(([name, { description }]) => `${name} (${description})`).join(", ");
