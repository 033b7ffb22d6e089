/**
 * Weights in 8 bits with a scale for each output (a column of the product's right operand), for products of whole numbers: half of the bytes
 * of float16, and several times as fast as float32 where the processor multiplies 8-bit numbers.
 *
 * @module
 */
import { Effect } from "effect";
import { Graph, Op, sizeOf, type Value } from "../../onnx/mod.ts";
import { type OutOfMemory, Session, type SessionError } from "../../runtime/mod.ts";
import type { Files } from "../../schema/files.ts";
import { cachedFile } from "../cache/mod.ts";
import { type Checkpoint, isMultiplied } from "../checkpoint/mod.ts";
import { type ColumnsLocation, type WeightFiles, type WeightsError } from "./files.ts";
import { readTensor, type TensorLocation } from "../safetensors/mod.ts";

/** A matrix in 8 bits as a product reads it: transposed. */
export interface QuantizedColumns {
  /** [in, out] row-major. */
  readonly numbers: Int8Array;
  /** [out]. */
  readonly scales: Float32Array;
}

/** Outputs that are transposed together: what they write lies within a cache line. */
const TILE = 64;

/**
 * Rounds a matrix [out, in]; the number of an output that is farthest from zero becomes 127 or -127.
 *
 * @param shape [out, in]
 */
export function quantizeColumns(
  matrix: Float32Array,
  [out, into]: readonly [out: number, into: number],
): QuantizedColumns {
  const numbers = new Int8Array(matrix.length);
  const scales = new Float32Array(out);
  const inverse = new Float64Array(out);
  for (let o = 0; o < out; o++) {
    let largest = 0;
    for (let i = o * into; i < (o + 1) * into; i++) {
      const magnitude = Math.abs(matrix[i]!);
      if (magnitude > largest) largest = magnitude;
    }
    scales[o] = largest / 127;
    inverse[o] = scales[o] === 0 ? 0 : 1 / scales[o]!;
  }
  for (let start = 0; start < out; start += TILE) {
    const end = Math.min(out, start + TILE);
    for (let i = 0; i < into; i++) {
      for (let o = start; o < end; o++) {
        const number = Math.round(matrix[o * into + i]! * inverse[o]!);
        numbers[i * out + o] = Math.max(-127, Math.min(127, number));
      }
    }
  }
  return { numbers, scales };
}

/** Where the parts of a tensor lie: float32 where it is read so, 8 bits where products read it. */
interface Parts {
  readonly values: boolean;
  readonly columns: boolean;
}

/** Matrices of products are kept in 8 bits alone; an embedding that is the output matrix too, in both forms. */
function partsOf(
  { config }: Checkpoint.Checkpoint,
  tensor: Pick<TensorLocation, "name" | "shape">,
): Parts {
  const columns = isMultiplied(config, tensor);
  return { columns, values: !columns || tensor.name === "model.embed_tokens.weight" };
}

/** Bytes of the copy. */
export const int8Bytes = (checkpoint: Checkpoint.Checkpoint): number => layout(checkpoint, "").size;

/** Bytes of its matrices alone. */
export const int8MatrixBytes = ({ config, tensors }: Checkpoint.Checkpoint): number =>
  [...tensors.values()].filter((tensor) => isMultiplied(config, tensor))
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** Finds, or makes, the copy. */
export function int8Weights(
  checkpoint: Checkpoint.Checkpoint,
  location: string,
): Effect.Effect<WeightFiles, WeightsError, Files> {
  return Effect.gen(function* () {
    const { values, columns, size } = layout(checkpoint, location);
    const folder = yield* cachedFile(
      location,
      size,
      (write) =>
        Effect.forEach(checkpoint.tensors.values(), (tensor) =>
          Effect.gen(function* () {
            const parts = partsOf(checkpoint, tensor);
            const numbers = yield* readTensor(tensor);
            if (parts.values) yield* write(bytesOf(numbers));
            if (!parts.columns) return;
            const quantized = quantizeColumns(numbers, tensor.shape as [number, number]);
            yield* write(bytesOf(quantized.scales));
            yield* write(bytesOf(quantized.numbers));
          }), { discard: true }),
    );
    return { folder, locate: (name) => values.get(name)!, quantized: (name) => columns.get(name) };
  });
}

/** Where everything lies. */
function layout(checkpoint: Checkpoint.Checkpoint, location: string) {
  const values = new Map<string, ReturnType<typeof next>>();
  const columns = new Map<string, ColumnsLocation>();
  let size = 0;
  const next = (length: number) => {
    const offset = size;
    size += length;
    return { location, offset, length };
  };
  for (const tensor of checkpoint.tensors.values()) {
    const parts = partsOf(checkpoint, tensor);
    const count = sizeOf(tensor.shape);
    if (parts.values) values.set(tensor.name, next(4 * count));
    if (!parts.columns) continue;
    const scales = next(4 * tensor.shape[0]!);
    columns.set(tensor.name, { kind: "columns", scales, numbers: next(count) });
  }
  return { values, columns, size };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** What a matrix in 8 bits is called in a graph. */
export const columnNames = (
  name: string,
): { readonly numbers: string; readonly scales: string } => ({
  numbers: `${name}.int8`,
  scales: `${name}.scales`,
});

/** A graph that reads each weight as sessions do, so that it can be packed. */
export function everyInt8Weight(
  checkpoint: Checkpoint.Checkpoint,
  { locate, quantized }: WeightFiles,
): Graph.Graph {
  const outputs: Record<string, Value> = {};
  for (const tensor of checkpoint.tensors.values()) {
    const { name, shape } = tensor;
    const parts = partsOf(checkpoint, tensor);
    if (parts.values) {
      const weight = Graph.external(name, { dtype: "f32", shape }, locate(name));
      outputs[`y.${name}`] = Op.mul(Graph.input(`x.${name}`, "f32", shape), weight);
    }
    const at = quantized?.(name);
    if (at?.kind !== "columns") continue;
    const [out, into] = shape as [number, number];
    const names = columnNames(name);
    const rows = {
      numbers: Graph.input(`q.${name}`, "u8", [1, into]),
      scales: Graph.input(`s.${name}`, "f32", [1, 1]),
    };
    outputs[`z.${name}`] = Op.quantizedMatMul(
      rows,
      Graph.external(names.numbers, { dtype: "i8", shape: [into, out] }, at.numbers),
      Graph.external(names.scales, { dtype: "f32", shape: [out] }, at.scales),
    );
  }
  return { outputs };
}

/**
 * Whether products of 8 bits are exact on this processor: without instructions for them, ONNX Runtime adds pairs of products in 16 bits,
 * which overflow.
 */
export const multipliesExactly: Effect.Effect<boolean, SessionError | OutOfMemory> = Effect.scoped(
  Effect.gen(function* () {
    const [k, n] = [64, 16];
    const rows = {
      numbers: Graph.input("q", "u8", [2, k]),
      scales: Graph.input("s", "f32", [2, 1]),
    };
    const matrix = Graph.constant(new Int8Array(k * n).fill(127), [k, n]);
    const y = Op.quantizedMatMul(rows, matrix, Graph.constant(1));
    const session = yield* Session.make({ outputs: { y } });
    const found = yield* session.run({
      q: { dtype: "u8", shape: [2, k], data: new Uint8Array(2 * k).fill(255) },
      s: { dtype: "f32", shape: [2, 1], data: new Float32Array(2).fill(1) },
    });
    return (found["y"]!.data as Float32Array).every((sum) => sum === k * 127 * 127);
  }),
);
