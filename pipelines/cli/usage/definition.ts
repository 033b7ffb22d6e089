/**
 * What a program says of itself, and how its options are typed.
 *
 * @module
 */
import type { OptionTable } from "../options.ts";

/** What a program says of itself. */
export interface Definition<T extends OptionTable> {
  readonly name: string;
  /** What it does, for its help. */
  readonly about: string;
  /** Command lines by what they do. */
  readonly examples: Readonly<Record<string, string>>;
  readonly options: T;
}

/** A key of a table as it is typed: `maxNewTokens` is `max-new-tokens`. */
export const nameOf = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
