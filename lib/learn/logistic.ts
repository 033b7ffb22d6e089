/**
 * Logistic regression with a ridge penalty on reduced features.
 *
 * A solver of its own: of npm's libraries the one that is kept (ml-logistic-regression) is plain gradient descent without a penalty, and
 * what a matrix library would give is the 20 lines of the Cholesky decomposition.
 *
 * @module
 */
import { dot, fitReduction, reduce, type Reduction, type Rows } from "./reduce.ts";

/** A fitted model: log-odds = intercept + weights x. */
export interface LinearModel {
  /** Log-odds where all features are 0. */
  readonly intercept: number;
  /** One for each feature as it was given, neither standardised nor reduced; none where the features say nothing. */
  readonly weights: readonly number[];
}

/** Options of {@linkcode fitLogistic}. */
export interface LogisticOptions {
  /** Principal components that the features are reduced to. */
  readonly components: number;
  /** Penalty: half of it times the squared norm of the weights is added to the sum of the log losses. */
  readonly ridge: number;
}

/** Of the intercept, so small that it only keeps the fit finite where all labels are equal. */
const INTERCEPT_RIDGE = 1e-3;
const ITERATIONS = 25;
const TOLERANCE = 1e-8;

/** Rows whose features are standardised and reduced, for several fits. */
export interface ReducedRows {
  readonly reduction: Reduction;
  /** The constant 1 and the reduced features, [n][1 + k]. */
  readonly inputs: readonly Float64Array[];
}

/** Standardises and reduces the features of rows, by these rows alone. */
export function reduceRows(rows: Rows, components: number): ReducedRows {
  const reduction = fitReduction(rows, components);
  return { reduction, inputs: rows.map((row) => Float64Array.of(1, ...reduce(reduction, row))) };
}

/** Fits P(label | features) on reduced rows by Newton's method. */
export function fitReduced(
  { reduction: { mean, scale, directions }, inputs }: ReducedRows,
  labels: readonly boolean[],
  ridge: number,
): LinearModel {
  const [offset = 0, ...reduced] = solve(inputs, labels, ridge);
  const weights = Array.from(
    mean,
    (_, i) => scale[i]! * directions.reduce((sum, q, k) => sum + q[i]! * reduced[k]!, 0),
  );
  return { intercept: offset - dot(weights, mean), weights };
}

/**
 * Fits P(label | features); the features are standardised and reduced on these rows alone.
 *
 * @param rows [n][d], at least one
 * @param labels [n]
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fitLogistic, probability } from "dynamic-prompt-corruption/learn";
 *
 * const rows = [[0, 3], [1, 3], [2, 3], [3, 3]];
 * const model = fitLogistic(rows, [false, false, true, true], { components: 2, ridge: 0.1 });
 * assert.ok(probability(model, [0, 3]) < 0.1);
 * assert.ok(probability(model, [3, 3]) > 0.9);
 * ```
 */
export const fitLogistic = (
  rows: Rows,
  labels: readonly boolean[],
  { components, ridge }: LogisticOptions,
): LinearModel => fitReduced(reduceRows(rows, components), labels, ridge);

/** Log-odds of a row's label. */
export const logOdds = ({ intercept, weights }: LinearModel, row: ArrayLike<number>): number =>
  intercept + dot(weights, row);

/** Probability of a row's label. */
export const probability = (model: LinearModel, row: ArrayLike<number>): number =>
  1 / (1 + Math.exp(-logOdds(model, row)));

/** Newton's method with step halving; the first input is the constant 1. */
function solve(
  inputs: readonly Float64Array[],
  labels: readonly boolean[],
  ridge: number,
): Float64Array {
  const width = inputs[0]!.length;
  const penalty = new Float64Array(width).fill(ridge).fill(INTERCEPT_RIDGE, 0, 1);
  const loss = (w: Float64Array): number =>
    inputs.reduce(
      (sum, x, n) => sum + softplus(labels[n]! ? -dot(w, x) : dot(w, x)),
      w.reduce((sum, value, i) => sum + penalty[i]! * value * value / 2, 0),
    );
  let weights = new Float64Array(width);
  let current = loss(weights);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const gradient = weights.map((value, i) => penalty[i]! * value);
    const hessian = Array.from(
      penalty,
      (value, i) => new Float64Array(width).fill(value, i, i + 1),
    );
    inputs.forEach((x, n) => {
      const p = 1 / (1 + Math.exp(-dot(weights, x)));
      const error = p - Number(labels[n]!);
      const curvature = p * (1 - p);
      for (let i = 0; i < width; i++) {
        gradient[i]! += error * x[i]!;
        const factor = curvature * x[i]!;
        for (let j = 0; j <= i; j++) hessian[i]![j]! += factor * x[j]!;
      }
    });
    const step = choleskySolve(hessian, gradient);
    let size = 1;
    let next = weights.map((value, i) => value - step[i]!);
    let reached = loss(next);
    while (reached > current && size > 1e-4) {
      size /= 2;
      next = weights.map((value, i) => value - size * step[i]!);
      reached = loss(next);
    }
    if (!(reached < current - TOLERANCE * current)) break;
    weights = next;
    current = reached;
  }
  return weights;
}

/** log(1 + e^x), without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Solves A x = b of a positive definite A, of which the lower triangle is read and overwritten. */
function choleskySolve(a: readonly Float64Array[], b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i]![j]!;
      for (let k = 0; k < j; k++) sum -= a[i]![k]! * a[j]![k]!;
      a[i]![j] = i === j ? Math.sqrt(sum) : sum / a[j]![j]!;
    }
    for (let k = 0; k < i; k++) x[i]! -= a[i]![k]! * x[k]!;
    x[i]! /= a[i]![i]!;
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i]! -= a[k]![i]! * x[k]!;
    x[i]! /= a[i]![i]!;
  }
  return x;
}
