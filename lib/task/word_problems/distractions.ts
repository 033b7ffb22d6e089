/**
 * Sentences that change nothing of what is asked, though they hold numbers and the story's own words.
 *
 * Gaps as in operations.ts; `{P}` is someone else whose count does not matter, `{j}` an item that does not.
 *
 * @module
 */

/** The sentences by the reason why they do not count. */
export const DISTRACTIONS: Readonly<
  Record<"otherPerson" | "otherItem" | "unreal" | "undone" | "fact", readonly string[]>
> = {
  otherPerson: [
    "{O} has {k} {i}.",
    "{O} finds {k} {i}.",
    "{O} sells {k} {i}.",
    "{O} gives {P} {k} {i}.",
  ],
  otherItem: [
    "{S} buys {k} {j}.",
    "{S} sells {k} {j}.",
    "{S} gives {O} {k} {j}.",
    "{S} has {k} {j}.",
  ],
  unreal: [
    "{S} wants to buy {k} {i} but cannot pay.",
    "{S} wants to sell {k} {i} but nobody buys them.",
    "{S} nearly loses {k} {i}.",
    "{S} dreams of {k} more {i}.",
  ],
  undone: [
    "{S} buys {k} {i} but returns them all.",
    "{S} loses {k} {i} but finds them again.",
    "{S} gets {k} {i} from {O} but gives them back.",
    "{S} gives {O} {k} {i} but gets them back.",
  ],
  fact: [
    "{S} sees {k} {i} in a shop.",
    "The {i} cost {k} dollars.",
    "{S} is {k} years old.",
    "{O} lives {k} miles away.",
    "{H}'s box can hold {k} {i}.",
  ],
};
