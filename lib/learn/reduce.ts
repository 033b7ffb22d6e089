/**
 * Reducing many features to few: standardised, then the subspace of the leading principal components.
 *
 * @module
 */
import { Effect, Random } from "effect";

/** Rows of features, [n][d]. */
export type Rows = readonly ArrayLike<number>[];

/** What a reduction is made of; it is fitted on the rows of a fold and applied to others. */
export interface Reduction {
  /** Mean of each feature, [d]. */
  readonly mean: Float64Array;
  /** 1 / standard deviation of each feature, 0 of one that does not vary, [d]. */
  readonly scale: Float64Array;
  /** Orthonormal directions of the standardised features, [k][d]. */
  readonly directions: readonly Float64Array[];
}

/** Steps of the subspace iteration: more change no choice of a route on the data that this was tried on. */
const STEPS = 6;

/**
 * Standardises features and finds the subspace of their k leading principal components by subspace iteration (Halko, Martinsson and Tropp
 * 2011). Which basis spans it is of no matter to a ridge penalty, so none is singled out.
 *
 * @param rows at least one
 * @param components k; all features are kept, as they are, where there are no more
 */
export function fitReduction(rows: Rows, components: number): Reduction {
  const width = rows[0]!.length;
  const mean = new Float64Array(width);
  const scale = new Float64Array(width);
  for (const row of rows) for (let i = 0; i < width; i++) mean[i]! += row[i]! / rows.length;
  for (const row of rows) for (let i = 0; i < width; i++) scale[i]! += (row[i]! - mean[i]!) ** 2;
  for (let i = 0; i < width; i++) {
    const deviation = Math.sqrt(scale[i]! / rows.length);
    scale[i] = deviation > 1e-12 ? 1 / deviation : 0;
  }
  const standardised = rows.map((row) => standardise(row, mean, scale));
  const rank = Math.min(components, rows.length);
  const directions = width <= rank
    ? Array.from({ length: width }, (_, i) => new Float64Array(width).fill(1, i, i + 1))
    : leadingSubspace(standardised, width, rank);
  return { mean, scale, directions };
}

/** The features of a row in the reduction's subspace, [k]. */
export function reduce(
  { mean, scale, directions }: Reduction,
  row: ArrayLike<number>,
): Float64Array {
  const x = standardise(row, mean, scale);
  return Float64Array.from(directions, (direction) => dot(direction, x));
}

function standardise(row: ArrayLike<number>, mean: Float64Array, scale: Float64Array) {
  return mean.map((average, i) => (row[i]! - average) * scale[i]!);
}

function leadingSubspace(rows: readonly Float64Array[], width: number, count: number) {
  const random = Random.make("subspace");
  const draw = () => Float64Array.from({ length: width }, () => Effect.runSync(random.next) - 0.5);
  let basis = orthonormal(Array.from({ length: count }, draw));
  // by the covariance where that is smaller than the rows
  const factors = width < rows.length ? covariance(rows, width) : undefined;
  for (let step = 0; step < STEPS; step++) {
    basis = orthonormal(basis.map((direction) => {
      if (factors !== undefined) {
        return Float64Array.from(factors, (factor) => dot(factor, direction));
      }
      const next = new Float64Array(width);
      for (const row of rows) addScaled(next, row, dot(row, direction));
      return next;
    }));
  }
  return basis;
}

function covariance(rows: readonly Float64Array[], width: number): readonly Float64Array[] {
  const sums = Array.from({ length: width }, () => new Float64Array(width));
  for (const row of rows) sums.forEach((sum, i) => addScaled(sum, row, row[i]!));
  return sums;
}

/** Gram-Schmidt, twice for the digits; what depends on those before is left out. */
function orthonormal(vectors: readonly Float64Array[]): readonly Float64Array[] {
  const basis: Float64Array[] = [];
  for (const vector of vectors) {
    const before = Math.sqrt(dot(vector, vector));
    for (let pass = 0; pass < 2; pass++) {
      for (const known of basis) addScaled(vector, known, -dot(known, vector));
    }
    const norm = Math.sqrt(dot(vector, vector));
    if (norm > 1e-9 * before) basis.push(vector.map((x) => x / norm));
  }
  return basis;
}

/** Inner product over the length of the first. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * from[i]!;
}
