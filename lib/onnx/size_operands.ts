/**
 * Lists of whole numbers that nodes read as operands: initializers, and where sizes are open, nodes that read them off the graph's inputs
 * when it runs.
 *
 * @module
 */
import { isFree } from "./free_sizes.ts";
import type { Value } from "./graph.ts";
import type { OnnxAttribute } from "./op.ts";

/** A node in the words of ONNX. */
export interface OnnxNode {
  readonly opType: string;
  readonly domain?: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** Takes what a list of sizes is made of. */
export interface OperandWriter {
  readonly initializer: (name: string, values: readonly number[]) => void;
  readonly node: (node: OnnxNode) => void;
}

/** An input of the graph that has an open size, and at which axis. */
interface Place {
  readonly input: string;
  readonly axis: number;
}

/**
 * Writes lists of sizes, each that is open once.
 *
 * @param leaves what the graph reads
 * @returns a function from a name and a list to the name of the operand. An open size that no input has is left to ONNX as -1, which
 *   infers one in a shape
 */
export function sizeOperands(
  leaves: readonly Value[],
  write: OperandWriter,
): (name: string, sizes: readonly number[]) => string {
  const places = new Map<number, Place>();
  for (const { shape, source } of leaves) {
    if (source.kind !== "input") continue;
    shape.forEach((size, axis) => isFree(size) && places.set(size, { input: source.name, axis }));
  }
  const written = new Set<string>();
  const once = (name: string, make: () => void): string => {
    if (!written.has(name)) make();
    written.add(name);
    return name;
  };
  const constant = (size: number) =>
    once(`size/${size}`, () => write.initializer(`size/${size}`, [size]));
  const open = ({ input, axis }: Place) =>
    once(`size/${input}.${axis}`, () =>
      write.node({
        opType: "Shape",
        name: `size/${input}.${axis}`,
        input: [input],
        output: [`size/${input}.${axis}`],
        attributes: { start: { int: axis }, end: { int: axis + 1 } },
      }));
  return (name, sizes) => {
    const known = sizes.map((size) => isFree(size) && !places.has(size) ? -1 : size);
    if (!known.some((size) => places.has(size))) {
      write.initializer(name, known);
      return name;
    }
    const list = `sizes/${known.join(",")}`;
    return once(list, () => {
      const parts = known.map((size) => {
        const place = places.get(size);
        return place === undefined ? constant(size) : open(place);
      });
      write.node({
        opType: "Concat",
        name: list,
        input: parts,
        output: [list],
        attributes: { axis: { int: 0 } },
      });
    });
  };
}
