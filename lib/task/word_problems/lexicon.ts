/**
 * The words that fill the gaps of the grammar's sentences.
 *
 * @module
 */

/** Someone in a story. */
export interface Person {
  readonly name: string;
  readonly pronoun: "he" | "she";
}

/** Everyone who can be in a story. */
export const PEOPLE: readonly Person[] = [
  ...["Tom", "Ben", "Max", "Sam", "Leo", "Jon"].map((name) => ({ name, pronoun: "he" as const })),
  ...["Ana", "Eva", "Mia", "Lea", "Zoe", "Ida"].map((name) => ({ name, pronoun: "she" as const })),
];

/** What is counted; a story is about one of these, an irrelevant sentence may be about another. */
export const ITEMS: readonly string[] = [
  "apples",
  "beads",
  "books",
  "cards",
  "coins",
  "cookies",
  "marbles",
  "pears",
  "pencils",
  "shells",
  "stamps",
  "stickers",
];

/** What holds equal numbers of items. */
export const GROUPS: readonly string[] = ["bags", "boxes", "packs"];
