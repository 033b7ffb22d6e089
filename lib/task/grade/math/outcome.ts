/**
 * The answers to "are these the same?".
 *
 * @module
 */

/** "rounded": the second is a decimal that the first rounds to; never counted as right. "undecided": neither right nor wrong. */
export type Outcome = "equal" | "rounded" | "different" | "undecided";

/** Equal when all are, different when one is, which ends it; else undecided when one is. */
export function every<A>(items: readonly A[], test: (item: A, index: number) => Outcome): Outcome {
  let outcome: Outcome = "equal";
  for (const [index, item] of items.entries()) {
    const each = test(item, index);
    if (each === "different") return "different";
    if (outcome !== "undecided" && each !== "equal") outcome = each;
  }
  return outcome;
}

/** Whether two collections hold the same items in any order. */
export function sameItems<A>(
  left: readonly A[],
  right: readonly A[],
  test: (left: A, right: A) => Outcome,
): Outcome {
  if (left.length !== right.length) return "different";
  const free = [...right];
  return every(left, (item) => {
    let outcome: Outcome = "different";
    for (const [index, other] of free.entries()) {
      const each = test(item, other);
      if (each === "equal") {
        free.splice(index, 1);
        return "equal";
      }
      if (each !== "different") outcome = each;
    }
    return outcome;
  });
}

/** Decides about values that are no plain numbers. */
export interface Symbolic {
  /** Whether two expressions always have the same value. */
  readonly sameValue: (left: string, right: string) => Outcome;
  /** Whether an expression's value rounds to a decimal. */
  readonly roundsTo: (exact: string, decimal: string) => boolean;
  /** Whether two equations "left = right" have the same solutions, being multiples of each other. */
  readonly sameEquation: (
    left: readonly [string, string],
    right: readonly [string, string],
  ) => Outcome;
  /** Whether "left > right" holds of the same values for both, being positive multiples of each other. */
  readonly sameInequality: (
    left: readonly [string, string],
    right: readonly [string, string],
  ) => Outcome;
}
