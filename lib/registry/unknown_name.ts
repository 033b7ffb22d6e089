/**
 * The error for a name that is not among the known ones, with the one that was most likely meant.
 *
 * @module
 */
import { levensteinDistance } from "@effect/cli/AutoCorrect";
import { defaultConfig } from "@effect/cli/CliConfig";
import { Data, Either } from "effect";

/**
 * A name that is not among the known ones.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Either } from "effect";
 * import { Registry } from "dynamic-prompt-corruption/registry";
 *
 * const shapes = { kind: "shape", entries: { circle: { sides: 0 }, square: { sides: 4 } } };
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

/** The known name that is fewest edits away, whatever its case; none where even that one is another word. */
function nearest(name: string, known: readonly string[]): string | undefined {
  // a third of the letters wrong is a slip, but replacing all of them is not
  const limit = Math.min(Math.max(2, Math.floor(name.length / 3)), name.length - 1);
  const [best] = known
    .map((each) => ({ each, edits: levensteinDistance(name, each, defaultConfig) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits);
  return best?.each;
}
