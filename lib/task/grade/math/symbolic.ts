/**
 * Whether two expressions are the same function, by the Compute Engine: the only import of `@cortex-js/compute-engine`. It can
 * block for minutes (`9^{9^{9^9}}`), so it runs in a worker alone, see ./checker.ts.
 *
 * @module
 */
import { ComputeEngine, type Expression } from "@cortex-js/compute-engine";
import { ground, indexVariables } from "./indexed.ts";
import type { Outcome, Symbolic } from "./outcome.ts";

/** Decimal digits of every evaluation. */
const PRECISION = 50;
/** Relative difference up to which two values are the same: with 50 digits this cannot be chance. */
const SAME = 1e-40;
/** Relative difference from which they are not; between the two lie functions of machine precision only. */
const APART = 1e-13;
/** Values of the unknowns: thousandths that no formula has by accident, half of the points positive throughout. */
const POINTS = [
  [1371, 718, 2213, 433],
  [2917, 1733, 641, 3391],
  [389, 2477, 1277, 911],
  [1931, 3163, 577, 2039],
  [-1153, 2687, -863, 1499],
  [2099, -1787, 3019, -691],
  [-797, -2381, 1427, 2633],
  [3271, 1013, -1949, -547],
] as const;
/** At so many points both expressions must have a value. */
const NEEDED_POINTS = 3;

/** Powers of powers, long exponents and factorials, long sums: nothing that an answer needs and the engine can finish. */
const HUGE = /\^\{?-?\d+\^|\^\{?-?\d{6,}|\d{5,}!|!!|\\(?:sum|prod).*\d{5,}|\\(?:sum|prod).*10\^/;

/** Significant digits from which a decimal is said to be rounded: fewer are too often right by chance. */
const ROUNDED_DIGITS = 3;

/** A decimal, with a power of ten or not: "0.866", "2.3148*10^{-3}". */
const DECIMAL = /^-?(\d*(?:\.(\d+))?)(?:(?:\*|\\times ?)10\^\{?(-?\d{1,3})\}?)?$/;

/** Makes the symbolic comparison; takes about 0.2 s. */
export function makeSymbolic(): Symbolic {
  const engine = new ComputeEngine();
  engine.precision = PRECISION;
  return scoped(engine, {
    sameValue: (left, right) => {
      const sides = parseAll(engine, [left, right]);
      return sides === undefined ? "undecided" : sameEverywhere(engine, sides, (values) => values);
    },
    roundsTo: (exact, decimal) => {
      const [, mantissa = "", places = "", exponent = "0"] = DECIMAL.exec(decimal) ?? [];
      const significant = mantissa.replace(/\D/g, "").replace(/^0+/, "").length;
      if (significant < ROUNDED_DIGITS || (places === "" && exponent === "0")) return false;
      const [value, rounded] = parseAll(engine, [exact, decimal]) ?? [];
      if (value === undefined || value.unknowns.length > 0) return false;
      const difference = magnitude(engine.function("Subtract", [value, rounded!]).N());
      const unit = 10 ** (Number(exponent) - places.length);
      // the last digit of a double is right to one unit only
      return difference <= (significant > 14 ? 1 : 0.5) * unit * (1 + APART);
    },
    sameEquation: (left, right) => {
      const sides = parseAll(engine, [...left, ...right]);
      return sides === undefined ? "undecided" : compareEquations(engine, sides, () => true);
    },
    sameInequality: (left, right) => {
      const sides = parseAll(engine, [...left, ...right]);
      return sides === undefined
        ? "undecided"
        : compareEquations(engine, sides, (one, other) => one.re * other.re > 0);
    },
  });
}

/** Comparisons that forget what the engine took a letter for: after "f(x)" it would read no product in "2f". */
function scoped(engine: ComputeEngine, symbolic: Symbolic): Symbolic {
  const inScope = <A extends unknown[], B>(compare: (...args: A) => B) => (...args: A): B => {
    engine.pushScope();
    try {
      return compare(...args);
    } finally {
      engine.popScope();
    }
  };
  return {
    sameValue: inScope(symbolic.sameValue),
    roundsTo: inScope(symbolic.roundsTo),
    sameEquation: inScope(symbolic.sameEquation),
    sameInequality: inScope(symbolic.sameInequality),
  };
}

/** Parses all texts, or gives up on all when one is no expression. */
function parseAll(
  engine: ComputeEngine,
  texts: readonly string[],
): readonly Expression[] | undefined {
  if (texts.some((text) => HUGE.test(text))) return undefined;
  const parsed = texts.map((text) => engine.parse(text)).filter((each) =>
    each?.isValid === true && !each.has(["Sequence", "Tuple", "Equal"])
  );
  return parsed.length === texts.length ? parsed : undefined;
}

/**
 * Equations are the same when one is a multiple of the other: l - r and l' - r' keep their ratio at all points.
 *
 * @param mayDiffer what else must hold between the two differences
 */
function compareEquations(
  engine: ComputeEngine,
  sides: readonly Expression[],
  mayDiffer: (one: Expression, other: Expression) => boolean,
): Outcome {
  const subtract = (one: Expression, other: Expression) =>
    engine.function("Subtract", [one, other]);
  const differences = [subtract(sides[0]!, sides[1]!), subtract(sides[2]!, sides[3]!)];
  const [first] = valuesOf(engine, differences);
  const [f, g] = first ?? [];
  if (f === undefined || g === undefined || magnitude(f) < SAME || magnitude(g) < SAME) {
    return "undecided";
  }
  if (!mayDiffer(f, g)) return "different";
  const cross = (left: Expression, right: Expression) =>
    engine.function("Multiply", [left, right]).N();
  return sameEverywhere(
    engine,
    differences,
    (values) => [cross(values[0]!, g), cross(values[1]!, f)],
  );
}

/** Compares two expressions, after `prepare`, at every point of their unknowns. */
function sameEverywhere(
  engine: ComputeEngine,
  expressions: readonly Expression[],
  prepare: (values: readonly Expression[]) => readonly Expression[],
): Outcome {
  let agreeing = 0;
  for (const values of valuesOf(engine, expressions)) {
    const [left, right] = prepare(values);
    const outcome = sameNumber(engine, left!, right!);
    if (outcome !== "equal") return outcome;
    agreeing++;
  }
  const isConstant = unknownsOf(expressions).length === 0;
  return agreeing >= (isConstant ? 1 : NEEDED_POINTS) ? "equal" : "undecided";
}

/** What the expressions are together, wherever all of them have a value. */
function* valuesOf(
  engine: ComputeEngine,
  expressions: readonly Expression[],
): Generator<readonly Expression[]> {
  for (const variant of withoutIndices(engine, expressions)) {
    const unknowns = unknownsOf(variant);
    if (unknowns.length > POINTS[0].length) return;
    for (const point of unknowns.length === 0 ? POINTS.slice(0, 1) : POINTS) {
      const values = variant.map((each) => evaluate(engine, each, unknowns, point));
      const known = values.filter((value) => value !== undefined);
      if (known.length === values.length) yield known;
    }
  }
}

/** Values of the first index variable; the others are a little larger. */
const INDICES = [5, 6, 7];

/** The expressions at some values of their index variables, where they have any. */
function withoutIndices(
  engine: ComputeEngine,
  expressions: readonly Expression[],
): readonly (readonly Expression[])[] {
  const json = expressions.map((each) => each.json);
  const variables = indexVariables(json);
  if (variables.length === 0) return [expressions];
  return INDICES.flatMap((start) => {
    const indices = new Map(variables.map((name, place) => [name, start + 2 * place]));
    const grounded = json.map((each) => ground(each, indices));
    return grounded.includes(undefined)
      ? []
      : [grounded.map((each) => engine.box(each as Parameters<ComputeEngine["box"]>[0]))];
  });
}

function unknownsOf(expressions: readonly Expression[]): readonly string[] {
  return [...new Set(expressions.flatMap((each) => each.unknowns))].sort();
}

/** The expression's value at a point, or undefined when it is no finite number. */
function evaluate(
  engine: ComputeEngine,
  expression: Expression,
  unknowns: readonly string[],
  point: readonly number[],
): Expression | undefined {
  const values = unknowns.map((name, index) =>
    [name, engine.box(["Rational", point[index]!, 1000])] as const
  );
  const value = expression.subs(Object.fromEntries(values)).N();
  return Number.isFinite(value.re) && Number.isFinite(value.im) ? value : undefined;
}

function sameNumber(engine: ComputeEngine, left: Expression, right: Expression): Outcome {
  const size = Math.max(magnitude(left), magnitude(right));
  // Zero indeed, or what rounding has left of it, or smaller than a double can say.
  if (size < SAME) return left.is(0) && right.is(0) ? "equal" : "undecided";
  const difference = magnitude(engine.function("Subtract", [left, right]).N());
  if (difference <= size * SAME) return "equal";
  return difference >= size * APART ? "different" : "undecided";
}

function magnitude(value: Expression): number {
  return Math.hypot(value.re, value.im);
}
