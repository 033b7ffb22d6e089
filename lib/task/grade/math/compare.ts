/**
 * Whether two normalised answers are the same: numbers as exact rationals, tuples and intervals in order, sets and lists in
 * any order, matrices entry by entry, words by letters, and what is left symbolically.
 *
 * @module
 */
import { Rational } from "../number/mod.ts";
import { withoutName } from "./equation.ts";
import { every, type Outcome, sameItems, type Symbolic } from "./outcome.ts";
import { parseStructure, type Structure } from "./structure.ts";
import { readExact } from "./value.ts";

/**
 * Compares two answers in their normal spelling.
 *
 * @param gold the reference answer
 * @param answer what the model gave
 * @param symbolic decides about expressions
 */
export function compareAnswers(gold: string, answer: string, symbolic: Symbolic): Outcome {
  const letter = letterOf(answer, gold);
  const [wanted, given] = [withoutSign(gold, letter), withoutSign(letter, gold)];
  if (wanted === given) return "equal";
  const [left, right] = [
    withoutName(wanted, given, symbolic),
    withoutName(given, wanted, symbolic),
  ];
  return compare(left, withoutRepeats(right, left, symbolic), symbolic);
}

/** "=4" is 4, where the other answer is a value, or a name's. */
const withoutSign = (text: string, other: string): string =>
  /^(?:[^=]*|\\?[a-zA-Z]+(?:_\{?\w+\}?|\(\w+\))?=[^=]*)$/.test(other)
    ? text.replace(/^=(?=[^=<>]+$)/, "")
    : text;

/** "(C) Plane" where the other answer is one letter. */
const OPTION = /^\{?\(([A-J])\)\}?(?![-+*/^_(=,])./;

/** Of an answer that repeats what its letter stands for, the letter. */
function letterOf(answer: string, gold: string): string {
  return /^[A-J]$/.test(gold) ? OPTION.exec(answer)?.[1] ?? answer : answer;
}

/** Items up to which repeated ones are looked for. */
const FEW = 20;

/** A list of more items than the other answer has, without those that say the same again: "26/36 or 13/18". */
function withoutRepeats(answer: Structure, gold: Structure, symbolic: Symbolic): Structure {
  const wanted = gold.kind === "set" ? gold.items.length : 1;
  if (answer.kind !== "set" || answer.items.length > FEW || answer.items.length <= wanted) {
    return answer;
  }
  const items = answer.items.filter((item, index, all) =>
    !all.slice(0, index).some((other) => compareAnswers(other, item, symbolic) === "equal")
  );
  return items.length === 1 && gold.kind !== "set"
    ? parseStructure(items[0]!)
    : { kind: "set", items };
}

type Relation = Extract<Structure, { kind: "relation" }>;
type Tuple = Extract<Structure, { kind: "tuple" }>;
type Matrix = Extract<Structure, { kind: "matrix" }>;

function compare(gold: Structure, answer: Structure, symbolic: Symbolic): Outcome {
  const items = (one: string, other: string) => compareAnswers(one, other, symbolic);
  if (gold.kind === "value" && answer.kind === "value") {
    return sameValue(gold.latex, answer.latex, symbolic);
  }
  if (gold.kind === "words" && answer.kind === "words") {
    return gold.text === answer.text ? "equal" : "different";
  }
  if (
    gold.kind === "words" && answer.kind === "value" ||
    gold.kind === "value" && answer.kind === "words"
  ) {
    const letters = (structure: Structure) =>
      structure.kind === "words"
        ? structure.text
        : structure.kind === "value"
        ? structure.latex.replace(/[{}]/g, "").toLowerCase()
        : "";
    return letters(gold) === letters(answer) ? "equal" : "different";
  }
  if (isUnfinished(gold) || isUnfinished(answer)) return "undecided";
  if (gold.kind === "set" && answer.kind === "set") {
    return sameItems(gold.items, answer.items, items);
  }
  if (gold.kind === "tuple" && answer.kind === "tuple") {
    return compareTuples(gold, answer, symbolic);
  }
  if (gold.kind === "matrix" && answer.kind === "matrix") {
    return compareMatrices(gold, answer, symbolic);
  }
  if (gold.kind === "union" && answer.kind === "union") {
    return sameItems(gold.parts, answer.parts, (one, other) => compare(one, other, symbolic));
  }
  if (gold.kind === "relation" && answer.kind === "relation") {
    return compareRelations(gold, answer, symbolic);
  }
  const [goldRange, answerRange] = [toInterval(gold), toInterval(answer)];
  if (goldRange !== undefined && answerRange !== undefined) {
    return compareTuples(goldRange, answerRange, symbolic);
  }
  const [goldVector, answerVector] = [toVector(gold), toVector(answer)];
  if (goldVector !== undefined && answerVector !== undefined) {
    return goldVector.length === answerVector.length
      ? every(goldVector, (entry, index) => items(entry, answerVector[index]!))
      : "different";
  }
  return "different";
}

/** "11x+6y+86=" says nothing. */
function isUnfinished(structure: Structure): boolean {
  return structure.kind === "relation" && structure.sides.includes("");
}

function sameValue(gold: string, answer: string, symbolic: Symbolic): Outcome {
  const outcome = sameExactly(gold, answer, symbolic);
  return outcome !== "equal" && symbolic.roundsTo(gold, answer) ? "rounded" : outcome;
}

function sameExactly(gold: string, answer: string, symbolic: Symbolic): Outcome {
  if (gold === answer) return "equal";
  const [left, right] = [readExact(gold), readExact(answer)];
  if (left !== undefined && right !== undefined) {
    return Rational.equals(left, right) ? "equal" : "different";
  }
  if (/^[a-zA-Z]$/.test(gold) && /^[a-zA-Z]$/.test(answer)) return "different";
  if (haveOtherNames(gold, answer)) return "different";
  if (/\\infty/.test(gold + answer)) {
    return gold.replace(/^\+/, "") === answer.replace(/^\+/, "") ? "equal" : "different";
  }
  return symbolic.sameValue(gold, answer);
}

/** Brackets count between two items, where they tell intervals apart; longer ones are vectors. */
function compareTuples(gold: Tuple, answer: Tuple, symbolic: Symbolic): Outcome {
  const interval = gold.items.length === 2;
  const sameBrackets = gold.open === answer.open && gold.close === answer.close;
  if (gold.items.length !== answer.items.length || (interval && !sameBrackets)) return "different";
  return every(gold.items, (item, index) => compareAnswers(item, answer.items[index]!, symbolic));
}

function compareMatrices(gold: Matrix, answer: Matrix, symbolic: Symbolic): Outcome {
  if (gold.rows.length !== answer.rows.length) return "different";
  return every(gold.rows, (row, index) => {
    const other = answer.rows[index]!;
    if (row.length !== other.length) return "different";
    return every(row, (entry, column) => compareAnswers(entry, other[column]!, symbolic));
  });
}

function compareRelations(gold: Relation, answer: Relation, symbolic: Symbolic): Outcome {
  const [goldRange, answerRange] = [toInterval(gold), toInterval(answer)];
  if (goldRange !== undefined && answerRange !== undefined) {
    const sameName = variableOf(gold) === variableOf(answer);
    return sameName ? compareTuples(goldRange, answerRange, symbolic) : "different";
  }
  const isEquation = ({ signs }: Relation) => signs.every((sign) => sign === "=");
  if (isEquation(gold) && isEquation(answer)) {
    const ends = ({ sides }: Relation) => [sides[0]!, sides.at(-1)!] as const;
    const [left, right] = [ends(gold), ends(answer)];
    if (haveOtherNames(left[0], right[0])) return "different";
    return sameFunctionName(left[0], right[0])
      ? compareAnswers(left[1], right[1], symbolic)
      : symbolic.sameEquation(left, right);
  }
  const [larger, other] = [toInequality(gold), toInequality(answer)];
  if (larger !== undefined && other !== undefined) {
    return larger.strict === other.strict
      ? symbolic.sameInequality(larger.sides, other.sides)
      : "different";
  }
  if (gold.signs.join() !== answer.signs.join()) return "undecided";
  return every(gold.sides, (side, index) => compareAnswers(side, answer.sides[index]!, symbolic));
}

const CALL = /^[a-zA-Z]\([a-zA-Z]\)$/;
/** Also of a number, a derivative and an inverse, whose name may be a probability's. */
const NAMED = /^([a-zA-Z])('{0,3}|\^\{?(?:-1|\\prime)\}?)\((\w+)\)$/;

/** "f(x)" and "g(x)": one is not said of the other. */
function haveOtherNames(left: string, right: string): boolean {
  const [, one, mark, argument] = NAMED.exec(left) ?? [];
  const [, other, otherMark, otherArgument] = NAMED.exec(right) ?? [];
  return one !== undefined && other !== undefined && argument === otherArgument &&
    (one !== other || mark !== otherMark);
}

/** "f(x)" of both, or "f(x)" of one and "y" of the other: what is equal to it is compared. */
function sameFunctionName(left: string, right: string): boolean {
  return CALL.test(left) && CALL.test(right)
    ? left === right
    : (CALL.test(left) && right === "y") || (left === "y" && CALL.test(right));
}

/** "a<b" as b > a. */
function toInequality(
  { sides, signs }: Relation,
): { readonly sides: readonly [string, string]; readonly strict: boolean } | undefined {
  const [left, right] = sides;
  const [sign] = signs;
  if (sides.length !== 2 || !/^(?:[<>]|\\[lg]eq)$/.test(sign!)) return undefined;
  const isLarger = sign === ">" || sign === "\\geq";
  return { sides: isLarger ? [left!, right!] : [right!, left!], strict: !sign!.startsWith("\\") };
}

/** The interval that "x<3", "3>=x" or "-1<x<=2" describes; an interval is its own. */
function toInterval(structure: Structure): Tuple | undefined {
  if (structure.kind === "tuple") return structure;
  if (structure.kind !== "relation") return undefined;
  const { sides, signs } = withoutMinus(structure);
  const at = sides.findIndex(isVariable);
  const pointsUp = signs.every((sign) => sign === "<" || sign === "\\leq");
  const pointsDown = signs.every((sign) => sign === ">" || sign === "\\geq");
  if (
    at < 0 || sides.length > 3 || (sides.length === 3 && at !== 1) || (!pointsUp && !pointsDown)
  ) {
    return undefined;
  }
  const [before, after] = [sides[at - 1], sides[at + 1]];
  const [low, high] = pointsUp ? [before, after] : [after, before];
  const [lowSign, highSign] = pointsUp ? [signs[at - 1], signs[at]] : [signs[at], signs[at - 1]];
  return {
    kind: "tuple",
    open: lowSign !== undefined && lowSign.startsWith("\\") ? "[" : "(",
    close: highSign !== undefined && highSign.startsWith("\\") ? "]" : ")",
    items: [low ?? "-\\infty", high ?? "\\infty"],
  };
}

const TURNED: Readonly<Record<string, string>> = {
  "<": ">",
  ">": "<",
  "\\leq": "\\geq",
  "\\geq": "\\leq",
};

/** "-x>-1" as "x<1". */
function withoutMinus(relation: Relation): Relation {
  const { sides, signs } = relation;
  const isTurned = sides.some((side) => /^-[a-zA-Z]$/.test(side)) &&
    signs.every((sign) => TURNED[sign] !== undefined);
  return isTurned
    ? { ...relation, sides: sides.map(negated), signs: signs.map((sign) => TURNED[sign]!) }
    : relation;
}

function negated(side: string): string {
  if (/^-[^-+]+$/.test(side)) return side.slice(1);
  return /^[\w.]+$/.test(side) ? `-${side}` : `-(${side})`;
}

function variableOf(relation: Relation): string | undefined {
  return withoutMinus(relation).sides.find(isVariable);
}

function isVariable(text: string): boolean {
  return /^(?:[a-zA-Z](?:\([a-zA-Z]\))?|\\(?:alpha|beta|gamma|delta|theta|lambda|mu|phi|omega))$/
    .test(text);
}

/** The entries of a vector, be it written as a tuple or as a matrix of one column or row. */
function toVector(structure: Structure): readonly string[] | undefined {
  if (structure.kind === "tuple") return structure.items;
  if (structure.kind !== "matrix") return undefined;
  const { rows } = structure;
  return rows.length === 1
    ? rows[0]
    : rows.every((row) => row.length === 1)
    ? rows.flat()
    : undefined;
}
