/**
 * Lists of whole numbers that nodes read as operands: initializers, and where sizes are open, nodes that read them off the graph's inputs
 * when it runs.
 *
 * @module
 */
import { isOpen, type Size } from "./size.ts";
import type { Value } from "./graph.ts";
import type { OnnxAttribute } from "./ops/mod.ts";
import { GraphError, type Shape } from "./types.ts";

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

/** A list of sizes to write. */
export interface SizeList {
  /** The operand's, where it is not shared. */
  readonly name: string;
  readonly sizes: Shape;
  /** Whether ONNX infers one that no input of the graph has. */
  readonly infersSize?: boolean | undefined;
}

/**
 * Writes lists of sizes, each that is open once.
 *
 * @param leaves what the graph reads
 * @returns a function from a list to the name of the operand; it throws GraphError where no input has a size that must be known
 */
export function sizeOperands(
  leaves: readonly Value[],
  write: OperandWriter,
): (list: SizeList) => string {
  const places = new Map<Size, Place>();
  for (const { shape, source } of leaves) {
    if (source.kind !== "input") continue;
    shape.forEach((size, axis) => isOpen(size) && places.set(size, { input: source.name, axis }));
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
  return ({ name, sizes, infersSize = false }) => {
    const unknown = sizes.filter((size) => isOpen(size) && !places.has(size));
    if (unknown.length > (infersSize ? 1 : 0)) {
      throw new GraphError({ op: name, reason: `no input has the size ${unknown.join(" or ")}` });
    }
    const known = sizes.map((size) => isOpen(size) && !places.has(size) ? -1 : size);
    if (!known.some(isOpen)) {
      write.initializer(name, known as number[]);
      return name;
    }
    const list = `sizes/${known.join(",")}`;
    return once(list, () => {
      write.node({
        opType: "Concat",
        name: list,
        input: known.map((size) => isOpen(size) ? open(places.get(size)!) : constant(size)),
        output: [list],
        attributes: { axis: { int: 0 } },
      });
    });
  };
}
