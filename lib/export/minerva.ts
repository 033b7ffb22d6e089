/**
 * minerva_math's `exact_match` (lm-evaluation-harness 0.4, version 3.0 of the task): the normalisation of Lewkowycz et al. 2022, appendix D, to
 * the letter; what SymPy would compare symbolically is compared by this project's checker, so the last step is approximate.
 *
 * @module
 */
import { Effect } from "effect";
import type { Checker, Example } from "../task/mod.ts";
import { readAsSympy } from "./sympy_latex.ts";

/** What is replaced, in this order. */
const SUBSTITUTIONS: readonly (readonly [string, string])[] = [
  ["an ", ""],
  ["a ", ""],
  [".$", "$"],
  ["\\$", ""],
  ["\\ ", ""],
  [" ", ""],
  ["mbox", "text"],
  [",\\text{and}", ","],
  ["\\text{and}", ","],
  ["\\text{m}", "\\text{}"],
];

/** What is removed, in this order, wherever it stands: "ft" of "\left" too. */
const REMOVED = [
  "square",
  "ways",
  "integers",
  "dollars",
  "mph",
  "inches",
  "ft",
  "hours",
  "km",
  "units",
  "\\ldots",
  "sue",
  "points",
  "feet",
  "minutes",
  "digits",
  "cents",
  "degrees",
  "cm",
  "gm",
  "pounds",
  "meters",
  "meals",
  "edges",
  "students",
  "childrentickets",
  "multiples",
  "\\text{s}",
  "\\text{.}",
  "\\text{\ns}",
  "\\text{}^2",
  "\\text{}^3",
  "\\text{\n}",
  "\\text{}",
  "\\mathrm{th}",
  "^\\circ",
  "^{\\circ}",
  "\\;",
  ",\\!",
  "{,}",
  '"',
  "\\dots",
];

/** The harness' `normalize_final_answer`. */
function normalizeFinalAnswer(answer: string): string {
  let text = answer.slice(answer.lastIndexOf("=") + 1);
  for (const [before, after] of SUBSTITUTIONS) text = text.replaceAll(before, after);
  for (const words of REMOVED) text = text.replaceAll(words, "");
  text = text
    .replace(/(.*?)(\$)(.*?)(\$)(.*)/g, "$$$3$$")
    .replace(/(\\text\{)(.*?)(\})/g, "$2")
    .replace(/(\\textbf\{)(.*?)(\})/g, "$2")
    .replace(/(\\overline\{)(.*?)(\})/g, "$2")
    .replace(/(\\boxed\{)(.*)(\})/g, "$2")
    .replace(/(frac)([^{])(.)/g, "frac{$2}{$3}")
    .replace(/(sqrt)([^{])/g, "sqrt{$2}")
    .replaceAll("$", "");
  return /^\d+$/.test(text.replaceAll(",", "")) ? text.replaceAll(",", "") : text;
}

/** The harness' answer where a text has none. */
const INVALID = "[invalidanswer]";

/** The harness' `get_unnormalized_answer`. */
function unnormalizedAnswer(text: string): string {
  const match = /Final Answer: The final answer is(.*?). I hope it is correct./
    .exec(`${text}I hope it is correct.`);
  return match === null ? INVALID : match[1]!.trim();
}

/** The harness' `remove_boxed(last_boxed_only_string(...))`. */
function lastBoxed(solution: string): string | undefined {
  if (solution.includes("\\boxed ")) return solution.split("\\boxed ").at(-1)!.split("$")[0];
  const start = Math.max(solution.lastIndexOf("\\boxed"), -1);
  if (start < 0) return undefined;
  let depth = 0;
  for (let at = start; at < solution.length; at++) {
    if (solution[at] === "{") depth++;
    else if (solution[at] === "}" && --depth === 0) {
      return solution.slice(start, at + 1).replace(/^\\boxed\{/, "").replace(/\}$/, "");
    }
  }
  return undefined;
}

/** What the harness finds in a text, and whether it takes it for right. */
export function exactMatch(
  text: string,
  { gold, rationale }: Example,
  checker: Checker,
): Effect.Effect<{ readonly answer: string; readonly right: boolean }> {
  const answer = normalizeFinalAnswer(unnormalizedAnswer(text));
  const wanted = normalizeFinalAnswer((rationale && lastBoxed(rationale)) ?? gold);
  return Effect.map(isEquivalent(answer, wanted, checker), (right) => ({ answer, right }));
}

/** The harness' `is_equiv`. */
function isEquivalent(left: string, right: string, checker: Checker): Effect.Effect<boolean> {
  const [one, other] = [readAsSympy(left), readAsSympy(right)];
  if (one.kind !== "expression" || other.kind !== "expression") return Effect.succeed(false);
  if (one.latex === other.latex) return Effect.succeed(true);
  return Effect.map(checker.compare(other.latex, one.latex), (checked) => checked === "equal");
}
