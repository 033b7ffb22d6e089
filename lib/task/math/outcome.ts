/**
 * The three answers to "are these the same?".
 *
 * @module
 */

/** "undecided" is never counted as right, nor as wrong. */
export type Outcome = "equal" | "different" | "undecided";

/** Equal when all are, different when one is; stops at the first difference. */
export function every<A>(items: readonly A[], test: (item: A, index: number) => Outcome): Outcome {
  let outcome: Outcome = "equal";
  for (const [index, item] of items.entries()) {
    const each = test(item, index);
    if (each === "different") return "different";
    if (each === "undecided") outcome = "undecided";
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
      if (each === "undecided") outcome = "undecided";
    }
    return outcome;
  });
}
