/**
 * Sentences that change nothing of what is asked, though they hold numbers and the story's own words.
 *
 * Gaps as in operations.ts; `{O}` and `{P}` are people whose counts do not matter, `{j}` is an item that does not.
 *
 * @module
 */

/** The sentences by the reason why they do not count. */
export const DISTRACTIONS: Readonly<
  Record<"otherItem" | "unreal" | "undone" | "fact", readonly string[]>
> = {
  otherItem: [
    "{S} buys {k} {j}.",
    "{S} finds {k} {j}.",
    "{S} sells {k} {j}.",
    "{S} loses {k} {j}.",
    "{S} gives {O} {k} {j}.",
    "{S} gets {k} {j} from {O}.",
    "{S} has {k} {j}.",
  ],
  unreal: [
    "{S} wants to buy {k} {i} but cannot pay.",
    "{S} wants to sell {k} {i} but nobody buys them.",
    "{S} nearly loses {k} {i}.",
    "{S} dreams of {k} more {i}.",
    "Next week {H} buys {k} {i}.",
    "Next week {O} gives {H} {k} {i}.",
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
