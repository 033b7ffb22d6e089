/**
 * Every domain, and the sentences that fit into all of them.
 *
 * @module
 */
import type { Domain } from "./domain.ts";
import { order } from "./order.ts";
import { party } from "./party.ts";
import { plain } from "./plain.ts";
import { trip } from "./trip.ts";

/** The domains by name. */
export const DOMAINS = { plain, trip, order, party } as const satisfies Record<string, Domain>;

/** The name of a domain. */
export type DomainName = keyof typeof DOMAINS;

/** The name of a domain that has a convention. */
export type ConventionalName = Exclude<DomainName, "plain">;

/** The domains that have one. */
export const CONVENTIONAL: readonly ConventionalName[] = ["trip", "order", "party"];

/** Sentences that change nothing, in any domain. */
export const FILLERS: readonly string[] = [
  "It is a sunny day.",
  "The sky is blue.",
  "{O} is very glad.",
  "{O} is {k} years old.",
  "{S} has a red hat.",
  "{S} likes music.",
  "It is {k} degrees outside.",
];
