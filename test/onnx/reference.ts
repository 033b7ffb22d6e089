/**
 * The operators as plain loops over indices, in double precision: what the sessions are compared with.
 *
 * @module
 */
import { broadcast, type FixedShape as Shape, sizeOf } from "../../lib/onnx/mod.ts";

/** Elements in row-major order; booleans are 0 and 1. */
export interface NdArray {
  readonly shape: Shape;
  readonly data: readonly number[];
}

type Index = readonly number[];

/** All indices of a shape in row-major order. */
function indicesOf(shape: Shape): readonly Index[] {
  return shape.reduce<Index[]>(
    (prefixes, size) =>
      prefixes.flatMap((prefix) => Array.from({ length: size }, (_, i) => [...prefix, i])),
    [[]],
  );
}

/** The array whose element at each index is what a function says. */
export function tabulate(shape: Shape, element: (index: Index) => number): NdArray {
  return { shape, data: indicesOf(shape).map(element) };
}

/** The element at an index, which may have more axes, and run further along axes of size 1, as broadcasting does. */
export function read({ shape, data }: NdArray, index: Index): number {
  const own = index.slice(index.length - shape.length);
  return data[
    shape.reduce((offset, size, axis) => offset * size + (size === 1 ? 0 : own[axis]!), 0)
  ]!;
}

/** A function of the elements of broadcast arrays. */
export function elementwise(f: (...x: number[]) => number, ...arrays: readonly NdArray[]): NdArray {
  const shape = arrays.reduce<Shape>((common, { shape }) => broadcast(common, shape)!, []);
  return tabulate(shape, (index) => f(...arrays.map((array) => read(array, index))));
}

/** alpha op(A) op(B) over the last two axes. */
export function matMul(
  a: NdArray,
  b: NdArray,
  { transA = false, transB = false, alpha = 1 } = {},
): NdArray {
  const [left, right] = [transA ? swapLast(a) : a, transB ? swapLast(b) : b];
  const batch = broadcast(left.shape.slice(0, -2), right.shape.slice(0, -2))!;
  return tabulate([...batch, left.shape.at(-2)!, right.shape.at(-1)!], (index) => {
    const [outer, [i, j]] = [index.slice(0, -2), index.slice(-2)];
    let sum = 0;
    for (let k = 0; k < left.shape.at(-1)!; k++) {
      sum += read(left, [...outer, i!, k]) * read(right, [...outer, k, j!]);
    }
    return alpha * sum;
  });
}

/** a times the transpose of (numbers - 2^(bits - 1)) scales, whose numbers lie low bits first. */
export function matMulNBits(a: NdArray, numbers: NdArray, scales: NdArray, bits: number): NdArray {
  const [n, blocks] = scales.shape as [number, number];
  const columns = a.shape.at(-1)!;
  const matrix = tabulate([n, columns], (index) => {
    const [row, column] = index as [number, number];
    const at = row * columns + column;
    const byte = numbers.data[Math.floor(at * bits / 8)]!;
    const number = bits === 8 ? byte : at % 2 === 0 ? byte % 16 : Math.floor(byte / 16);
    const scale = scales.data[row * blocks + Math.floor(column / (columns / blocks))]!;
    return (number - 2 ** (bits - 1)) * scale;
  });
  return matMul(a, matrix, { transB: true });
}

/** Rows in 8 bits plus 128, and their scales, with the roundings of float32 that decide which whole number is the nearest. */
export function quantizeRows(x: NdArray): readonly [numbers: NdArray, scales: NdArray] {
  const [m, k] = x.shape as [number, number];
  const scale = (row: number) => {
    const largest = Math.max(...x.data.slice(row * k, (row + 1) * k).map(Math.abs));
    return Math.max(Math.fround(1e-30), Math.fround(largest * Math.fround(1 / 127)));
  };
  return [
    tabulate([m, k], (index) => {
      const number = Math.fround(read(x, index) / scale(index[0]!));
      const below = Math.floor(number);
      const rest = number - below;
      return 128 + (rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below);
    }),
    tabulate([m, 1], ([row]) => scale(row!)),
  ];
}

/** (q - 128) W, times the scales of rows and columns. */
export function quantizedMatMul(q: NdArray, s: NdArray, w: NdArray, c: NdArray): NdArray {
  const numbers = elementwise((x) => x - 128, q);
  return elementwise((sum, row, column) => sum * row * column, matMul(numbers, w), s, c);
}

const swapLast = (x: NdArray): NdArray => {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
};

/** e^x over its sum along an axis. */
export function softmax(x: NdArray, axis: number): NdArray {
  const exp = elementwise(Math.exp, x);
  return elementwise((a, b) => a / b, exp, reduce(exp, [axis], true, sum));
}

/** -log softmax(logits)[label] of each row, and log softmax(logits). */
export function crossEntropy(logits: NdArray, labels: NdArray): readonly [NdArray, NdArray] {
  const logP = elementwise(Math.log, softmax(logits, 1));
  return [tabulate(labels.shape, ([i]) => -read(logP, [i!, labels.data[i!]!])), logP];
}

/** x / rms(x) * scale, and 1 / rms(x), over the last axis. */
export function rmsNorm(x: NdArray, scale: NdArray, epsilon: number): readonly [NdArray, NdArray] {
  const meanSquare = reduce(elementwise((a) => a * a, x), [-1], true, mean);
  const inverse = elementwise((a) => 1 / Math.sqrt(a + epsilon), meanSquare);
  return [elementwise((a, r, s) => a * r * s, x, inverse, scale), inverse];
}

/** Turns the pair (x_i, x_(i + r/2)) of every head by its angle, and leaves what is behind the first r numbers. */
export function rotaryEmbedding(x: NdArray, cos: NdArray, sin: NdArray, heads: number): NdArray {
  const width = x.shape[2]! / heads;
  const half = cos.shape[2]!;
  return tabulate(x.shape, ([b, t, i]) => {
    const [head, within] = [Math.floor(i! / width), i! % width];
    if (within >= 2 * half) return read(x, [b!, t!, i!]);
    const pair = within % half;
    const start = head * width;
    const [low, high] = [
      read(x, [b!, t!, start + pair]),
      read(x, [b!, t!, start + pair + half]),
    ];
    const [c, s] = [read(cos, [b!, t!, pair]), read(sin, [b!, t!, pair])];
    return within < half ? low * c - high * s : high * c + low * s;
  });
}

/** Axes in another order. */
export function transpose(x: NdArray, perm: readonly number[]): NdArray {
  return tabulate(
    perm.map((axis) => x.shape[axis]!),
    (index) => read(x, perm.map((_, axis) => index[perm.indexOf(axis)]!)),
  );
}

/** Arrays one after the other along an axis. */
export function concat(arrays: readonly NdArray[], axis: number): NdArray {
  const along = axis < 0 ? axis + arrays[0]!.shape.length : axis;
  const total = arrays.reduce((size, { shape }) => size + shape[along]!, 0);
  return tabulate(arrays[0]!.shape.with(along, total), (index) => {
    let position = index[along]!;
    for (const array of arrays) {
      if (position < array.shape[along]!) {
        return array.data[offset(array.shape, index.with(along, position))]!;
      }
      position -= array.shape[along]!;
    }
    throw new RangeError(`${position} is past the end`);
  });
}

const offset = (shape: Shape, index: Index): number =>
  shape.reduce((sum, size, axis) => sum * size + index[axis]!, 0);

/** `size` elements along an axis, from `start` on; zero outside of x. Both a slice and a padding. */
export function window(x: NdArray, axis: number, start: number, size: number): NdArray {
  const along = axis < 0 ? axis + x.shape.length : axis;
  return tabulate(x.shape.with(along, size), (index) => {
    const position = index[along]! + start;
    const inside = position >= 0 && position < x.shape[along]!;
    return inside ? x.data[offset(x.shape, index.with(along, position))]! : 0;
  });
}

export const sum = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0);
export const mean = (x: readonly number[]): number => sum(x) / x.length;
export const largest = (x: readonly number[]): number => Math.max(...x);

/** A function of all elements along some axes. */
export function reduce(
  x: NdArray,
  axes: readonly number[],
  keepDims: boolean,
  f: (elements: readonly number[]) => number,
): NdArray {
  const reduced = new Set(axes.map((axis) => axis < 0 ? axis + x.shape.length : axis));
  const kept = tabulate(
    x.shape.map((size, axis) => reduced.has(axis) ? 1 : size),
    (index) =>
      f(
        indicesOf(x.shape.map((size, axis) => reduced.has(axis) ? size : 1)).map((within) =>
          x.data[offset(x.shape, index.map((i, axis) => i + within[axis]!))]!
        ),
      ),
  );
  return keepDims
    ? kept
    : { shape: x.shape.filter((_, axis) => !reduced.has(axis)), data: kept.data };
}

/** Position of the first largest element along an axis. */
export function argMax(x: NdArray, axis: number): NdArray {
  return reduce(x, [axis], false, (elements) => elements.indexOf(largest(elements)));
}

const wrap = (index: number, size: number): number => index < 0 ? index + size : index;

/** Rows of a table. */
export function gather(table: NdArray, indices: NdArray): NdArray {
  const rest = table.shape.slice(1);
  const data = indices.data.flatMap((row) => {
    const start = wrap(row, table.shape[0]!) * sizeOf(rest);
    return table.data.slice(start, start + sizeOf(rest));
  });
  return { shape: [...indices.shape, ...rest], data };
}

/** x at each index along an axis. */
export function gatherElements(x: NdArray, indices: NdArray, axis: number): NdArray {
  const along = wrap(axis, x.shape.length);
  return tabulate(indices.shape, (index) => {
    const position = wrap(indices.data[offset(indices.shape, index)]!, x.shape[along]!);
    return x.data[offset(x.shape, index.with(along, position))]!;
  });
}

/** x with updates added at each index along an axis. */
export function scatterElements(
  x: NdArray,
  indices: NdArray,
  updates: NdArray,
  axis: number,
): NdArray {
  const along = wrap(axis, x.shape.length);
  const data = [...x.data];
  indicesOf(indices.shape).forEach((index, i) => {
    const position = wrap(indices.data[i]!, x.shape[along]!);
    data[offset(x.shape, index.with(along, position))]! += updates.data[i]!;
  });
  return { shape: x.shape, data };
}

/** x with updates added to its rows. */
export function scatterND(x: NdArray, indices: NdArray, updates: NdArray): NdArray {
  const width = sizeOf(x.shape.slice(1));
  const data = [...x.data];
  updates.data.forEach((update, i) => {
    const row = wrap(indices.data[Math.floor(i / width)]!, x.shape[0]!);
    data[row * width + i % width]! += update;
  });
  return { shape: x.shape, data };
}
