/**
 * Plain stories: nothing is taken for granted.
 *
 * @module
 */
import type { Domain } from "./domain.ts";

/** Things that someone has. */
export const plain: Domain = {
  opening: {
    one: [
      "{S} has {k} {i}.",
      "{S} starts with {k} {i}.",
      "There are {k} {i} in {H}'s box.",
      "{S} finds {k} {i}.",
    ],
    groups: ["{S} has {k} boxes of {m} {i}.", "{S} has {k} bags with {m} {i} each."],
  },
  more: {
    one: [
      "{S} gets {k} more {i}.",
      "{O} gives {S} {k} {i}.",
      "{S} wins {k} {i} in a game.",
      "Then {S} finds {k} {i}.",
    ],
    groups: ["{S} gets {k} bags of {m} {i}."],
  },
  less: ["{S} loses {k} {i}.", "{S} gives {O} {k} {i}.", "{S} sells {k} of the {i}."],
  questions: [
    "How many {i} does {H} have now?",
    "How many {i} are left with {H}?",
    "How many {i} is that?",
  ],
  items: ["apples", "beads", "books", "cards", "coins", "marbles", "shells", "stamps"],
  places: [],
};
