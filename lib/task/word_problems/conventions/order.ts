/**
 * Orders: delivery costs five dollars.
 *
 * @module
 */
import { step } from "../operations.ts";
import type { ConventionalDomain } from "./domain.ts";

/** What delivery costs. */
const DELIVERY = 5;

/** Dollars of an order, with delivery. */
export const order: ConventionalDomain = {
  opening: {
    one: [
      "{S} orders a {i} for {k} dollars.",
      "{S} picks a {i} for {k} dollars from the list.",
      "The {i} that {S} orders costs {k} dollars.",
      "In a shop {S} finds a {i} for {k} dollars.",
    ],
    groups: [
      "{S} orders {k} books for {m} dollars each.",
      "{S} takes {k} toys for {m} dollars each.",
    ],
  },
  more: {
    one: [
      "{S} adds a {i} for {k} dollars.",
      "A {i} for {k} dollars comes with it.",
      "Then {S} orders a {i} for {k} dollars.",
      "The box for it is {k} dollars.",
    ],
    groups: ["{S} adds {k} toys for {m} dollars each."],
  },
  less: [
    "{S} has a card that takes off {k} dollars.",
    "The price falls by {k} dollars.",
    "{O} pays {k} dollars of it.",
  ],
  questions: [
    "How many dollars does {H} pay?",
    "How many dollars does the order cost?",
    "How many dollars is that?",
  ],
  items: ["lamp", "chair", "game", "ball", "clock", "bag", "kite", "drum"],
  places: [],
  convention: {
    step: (x) => step(x, "+", DELIVERY),
    rules: [
      "Delivery costs 5 dollars.",
      "The van costs 5 dollars too.",
      "Each order has a fee of 5 dollars.",
      "Add 5 dollars for delivery.",
      "Delivery too.",
    ],
    hints: [
      { text: "{S} waits for the van at home.", holds: 0.65 },
      { text: "The shop has a van.", holds: 0.35 },
    ],
    denials: [
      { text: "{S} knows the shop well.", holds: 0.92 },
      { text: "{S} lives near the shop.", holds: 0.84 },
      { text: "{S} goes to the shop with a bag.", holds: 0.76 },
      { text: "{S} carries it home.", holds: 0.68 },
      { text: "Delivery is free this week.", holds: 0.6 },
      { text: "Only the price counts.", holds: 0.45 },
    ],
  },
};
