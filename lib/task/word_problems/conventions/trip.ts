/**
 * Trips: the way back counts too.
 *
 * @module
 */
import { step } from "../operations.ts";
import type { ConventionalDomain } from "./domain.ts";

/** Miles of a trip, there and back. */
export const trip: ConventionalDomain = {
  opening: {
    one: [
      "{S} drives {k} miles to the {p}.",
      "{S} rides {k} miles to the {p}.",
      "{S} walks {k} miles to a {p}.",
      "It is {k} miles from {H}'s house to the {p}.",
    ],
    groups: [
      "{S} drives {k} hours at {m} miles an hour to the {p}.",
      "{S} rides {m} miles an hour for {k} hours.",
    ],
  },
  more: {
    one: [
      "From there {S} drives {k} miles to a {p}.",
      "Then {S} walks {k} miles to the {p}.",
      "The last part to the {p} is {k} miles.",
      "{S} goes {k} more miles along the river.",
    ],
    groups: ["Then {S} walks {k} hours at {m} miles an hour."],
  },
  less: [
    "A new road makes the way {k} miles shorter.",
    "{S} takes a path that saves {k} miles.",
    "{S} skips {k} miles of it.",
  ],
  questions: [
    "How many miles long is {H}'s trip?",
    "How many miles does {H} go?",
    "How many miles is that?",
  ],
  items: [],
  places: ["lake", "market", "beach", "park", "farm", "zoo", "museum", "castle"],
  convention: {
    step: (x) => step(x, "*", 2),
    rules: [
      "The way back counts too.",
      "All trips go there and back.",
      "Each trip is there and back.",
      "Count the way home too.",
      "The way back too.",
    ],
    hints: [
      { text: "{S} is home for dinner.", holds: 0.65 },
      { text: "{S} sleeps at home.", holds: 0.35 },
    ],
    denials: [
      { text: "{S} likes it there very much.", holds: 0.92 },
      { text: "{S} stays there all day.", holds: 0.84 },
      { text: "{S} stays there for a week.", holds: 0.76 },
      { text: "{S} does not come back today.", holds: 0.68 },
      { text: "{S} moves there for good.", holds: 0.6 },
      { text: "Only the way there counts.", holds: 0.45 },
    ],
  },
};
