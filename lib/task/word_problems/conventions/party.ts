/**
 * Parties: the host eats too.
 *
 * @module
 */
import { step } from "../operations.ts";
import type { ConventionalDomain } from "./domain.ts";

/** Plates of a party, with one for the host. */
export const party: ConventionalDomain = {
  opening: {
    one: [
      "{S} invites {k} friends to a party.",
      "{S} cooks for {k} guests.",
      "{k} guests come to {H}'s party.",
      "{S} has {k} guests for dinner.",
    ],
    groups: [
      "{S} invites {k} families of {m} people.",
      "{k} tables with {m} guests each are full at {H}'s party.",
    ],
  },
  more: {
    one: [
      "Later {k} more guests come.",
      "{S} invites {k} more friends.",
      "{O} brings {k} friends.",
      "Then {k} people from the street come in.",
    ],
    groups: ["Then {k} cars with {m} guests each come."],
  },
  less: [
    "{k} guests cannot come.",
    "{k} of them are ill and stay away.",
    "{k} of the guests do not eat.",
  ],
  questions: [
    "How many plates does {H} need?",
    "How many people eat at {H}'s house?",
    "How many plates is that?",
  ],
  items: [],
  places: [],
  convention: {
    step: (x) => step(x, "+", 1),
    rules: [
      "The host eats too.",
      "The host needs 1 plate too.",
      "All hosts eat with the guests.",
      "Count the host too.",
      "The host too.",
    ],
    hints: [
      { text: "{S} is hungry.", holds: 0.65 },
      { text: "{S} sits down with them.", holds: 0.35 },
    ],
    denials: [
      { text: "{S} has much to do.", holds: 0.92 },
      { text: "{S} is not very hungry.", holds: 0.84 },
      { text: "{S} stays in the kitchen.", holds: 0.76 },
      { text: "{S} has no time to eat.", holds: 0.68 },
      { text: "{S} does not eat today.", holds: 0.6 },
      { text: "Only the guests count.", holds: 0.45 },
    ],
  },
};
