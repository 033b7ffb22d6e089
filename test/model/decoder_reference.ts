/**
 * A plain Llama in loops over numbers in double precision, with calibrated attention as its paper writes it: what the graphs are
 * compared with. Tied embeddings, no biases.
 *
 * @module
 */
import { Effect } from "effect";
import { open } from "../../lib/model/checkpoint/checkpoint.ts";
import type { DecoderConfig } from "../../lib/model/checkpoint/config.ts";
import type { AttentionCalibration, SinkRule } from "../../lib/model/graph/sink_calibration.ts";
import { inverseFrequencies, rotate as rotateRows } from "../../lib/model/graph/rope.ts";
import { readTensor } from "../../lib/model/safetensors/tensor_data.ts";

type Vector = readonly number[];

/** Keys and values of each layer and kv head, one for each position. */
interface Cache {
  readonly keys: Vector[][][];
  readonly values: Vector[][][];
}

/** A loaded model that reads texts position by position. */
export interface ReferenceDecoder {
  readonly config: DecoderConfig;
  /** The embedding of a token. */
  readonly embed: (id: number) => Vector;
  /** Sinks found so far. */
  readonly sinks: () => number;
  /** What each layer made of the position read last. */
  readonly states: () => readonly Vector[];
  /** Reads new positions after those read before; gives the log-probabilities of what follows the last. */
  readonly read: (rows: readonly Vector[], calibration?: AttentionCalibration) => Vector;
  readonly reset: () => void;
}

const dot = (a: Vector, b: Vector) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const plus = (a: Vector, b: Vector) => a.map((x, i) => x + b[i]!);

function softmax(scores: Vector): Vector {
  const most = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * A' of one head (Yu et al. 2024 or their code, with what lib/model/graph/sink_calibration.ts decides): `attention` [rows][N], the rows the last
 * of the N positions.
 */
export function calibrate(
  attention: readonly Vector[],
  { beta, ...rule }: SinkRule & Pick<AttentionCalibration, "beta">,
): { readonly attention: readonly Vector[]; readonly sinks: readonly number[] } {
  const n = attention[0]!.length;
  const first = n - attention.length;
  const found = Array.from({ length: n }, (_, j) => j).filter((j) => {
    const readers = attention.filter((_, i) => first + i >= j);
    return readers.reduce((sum, row) => sum + row[j]!, 0) / readers.length >
      ("threshold" in rule ? rule.threshold : rule.alpha / n);
  });
  const sinks = "threshold" in rule ? found.slice(1) : found.filter((j) => j > 0);
  const isSink = (j: number) => sinks.includes(j);
  return {
    sinks,
    attention: attention.map((row) => {
      const total = (of: (j: number) => boolean) =>
        row.reduce((sum, a, j) => sum + (of(j) ? a : 0), 0);
      const freed = (1 - beta) * total(isSink);
      const others = total((j) => !isSink(j));
      return row.map((a, j) => isSink(j) ? beta * a : a + freed * a / others);
    }),
  };
}

/** Loads a checkpoint. */
export const referenceDecoder = (directory: string) =>
  Effect.gen(function* () {
    const { config, tensors } = yield* open(directory);
    const weights = new Map<string, Float32Array>();
    for (const [name, entry] of tensors) weights.set(name, yield* readTensor(entry));
    return decoderOf(config, (name) => weights.get(name)!);
  });

function decoderOf(
  config: DecoderConfig,
  weight: (name: string) => Float32Array,
): ReferenceDecoder {
  const { layers, heads, kvHeads, headDim, hiddenSize } = config;
  const size = config.maxPositions * headDim / 2;
  const [cos, sin] = [new Float32Array(size), new Float32Array(size)];
  const [rope] = config.ropes;
  rotateRows(rope!, inverseFrequencies(rope!), 0, { cos, sin });
  const all = (count: number) => Array.from({ length: count }, (_, i) => i);
  const rowOf = (name: string, row: number, width: number): Vector =>
    Array.from(weight(name).subarray(row * width, (row + 1) * width));
  const linear = (name: string, x: Vector): Vector =>
    all(weight(name).length / x.length).map((row) => dot(rowOf(name, row, x.length), x));
  const norm = (name: string, x: Vector): Vector => {
    const scale = 1 / Math.sqrt(dot(x, x) / x.length + config.rmsNormEps);
    return x.map((value, i) => value * scale * weight(name)[i]!);
  };
  const headOf = (x: Vector, head: number) => x.slice(head * headDim, (head + 1) * headDim);
  const rotate = (x: Vector, position: number): Vector => {
    const half = headDim / 2;
    return x.map((value, i) => {
      const at = position * half + i % half;
      const other = i < half ? -x[i + half]! : x[i - half]!;
      return value * cos[at]! + other * sin[at]!;
    });
  };
  const empty = (): Cache => ({
    keys: all(layers).map(() => all(kvHeads).map(() => [])),
    values: all(layers).map(() => all(kvHeads).map(() => [])),
  });
  let cache = empty();
  let sinks = 0;
  let states: Vector[] = [];

  const attend = (layer: number, rows: readonly Vector[], act?: AttentionCalibration) => {
    const name = `model.layers.${layer}.self_attn`;
    const past = cache.keys[layer]![0]!.length;
    for (const [i, x] of rows.entries()) {
      const [k, v] = [linear(`${name}.k_proj.weight`, x), linear(`${name}.v_proj.weight`, x)];
      for (const head of all(kvHeads)) {
        cache.keys[layer]![head]!.push(rotate(headOf(k, head), past + i));
        cache.values[layer]![head]!.push(headOf(v, head));
      }
    }
    const queries = rows.map((x) => linear(`${name}.q_proj.weight`, x));
    const outputs = all(heads).map((head) => {
      const kv = Math.floor(head / (heads / kvHeads));
      const [keys, values] = [cache.keys[layer]![kv]!, cache.values[layer]![kv]!];
      const plain = queries.map((q, i) => {
        const query = rotate(headOf(q, head), past + i);
        const readable = keys.slice(0, past + i + 1);
        const read = softmax(readable.map((key) => dot(query, key) / Math.sqrt(headDim)));
        return [...read, ...new Array<number>(keys.length - read.length).fill(0)];
      });
      const chosen = act?.heads.some(([l, h]) => l === layer && h === head);
      const found = chosen ? calibrate(plain, act!) : { attention: plain, sinks: [] };
      sinks += found.sinks.length;
      return found.attention.map((row) =>
        all(headDim).map((d) => row.reduce((sum, a, j) => sum + a * values[j]![d]!, 0))
      );
    });
    return rows.map((_, i) =>
      linear(`${name}.o_proj.weight`, outputs.flatMap((output) => output[i]!))
    );
  };

  return {
    config,
    embed: (id) => rowOf("model.embed_tokens.weight", id, hiddenSize),
    sinks: () => sinks,
    states: () => states,
    reset: () => {
      cache = empty();
      sinks = 0;
    },
    read: (rows, act) => {
      let xs = rows;
      states = [];
      for (const layer of all(layers)) {
        const name = `model.layers.${layer}`;
        const heard = attend(
          layer,
          xs.map((x) => norm(`${name}.input_layernorm.weight`, x)),
          act,
        );
        xs = xs.map((x, i) => plus(x, heard[i]!));
        xs = xs.map((x) => {
          const normed = norm(`${name}.post_attention_layernorm.weight`, x);
          const gate = linear(`${name}.mlp.gate_proj.weight`, normed);
          const up = linear(`${name}.mlp.up_proj.weight`, normed);
          const gated = gate.map((g, i) => g / (1 + Math.exp(-g)) * up[i]!);
          return plus(x, linear(`${name}.mlp.down_proj.weight`, gated));
        });
        states.push(xs.at(-1)!);
      }
      const last = norm("model.norm.weight", xs.at(-1)!);
      return softmax(linear("model.embed_tokens.weight", last)).map(Math.log);
    },
  };
}
