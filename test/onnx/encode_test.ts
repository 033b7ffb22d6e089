import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import onnxProto from "onnx-proto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { encode, Graph, Op, plus, type Size, times, topologicalOrder } from "../../lib/onnx/mod.ts";
import * as Session from "../../lib/runtime/session.ts";
import { effectTest } from "../support.ts";
import { evaluate, f32, LEVELS } from "./support.ts";

const { ModelProto, TensorProto } = onnxProto.onnx;
const decode = (graph: Graph.Graph) => ModelProto.decode(encode(graph));

const x = Graph.input("x", "f32", [2, 3]);

test("encode() writes inputs and outputs with their types", () => {
  const ids = Graph.input("ids", "i64", [2]);
  const rows = Op.gather(x, ids);
  const { graph, irVersion, opsetImport } = decode({ outputs: { rows, best: Op.argMax(rows, 1) } });
  assert.is(Number(irVersion), 10);
  assert.equal(
    opsetImport.map(({ domain, version }) => [domain, Number(version)]),
    [["", 23], ["com.microsoft", 1]],
  );
  const types = (values: onnxProto.onnx.IValueInfoProto[] | null | undefined) =>
    values?.map(({ name, type }) => [
      name,
      type?.tensorType?.elemType,
      type?.tensorType?.shape?.dim?.map(({ dimValue }) => Number(dimValue)),
    ]);
  assert.equal(types(graph?.input), [["x", 1, [2, 3]], ["ids", 7, [2]]]);
  assert.equal(types(graph?.output), [["rows", 1, [2, 3]], ["best", 7, [2]]]);
});

test("encode() writes attributes, and int64 operands as initializers", () => {
  const { graph } = decode({ outputs: { y: Op.reduceSum(Op.softmax(x, 1), [0, -1], true) } });
  const [softmax, sum] = graph!.node!;
  assert.equal(
    [softmax!.opType, softmax!.input, softmax!.output],
    ["Softmax", ["x"], ["Softmax_0"]],
  );
  assert.equal(softmax!.attribute!.map(({ name, i }) => [name, Number(i)]), [["axis", 1]]);
  assert.equal(sum!.input, ["Softmax_0", "ReduceSum_1/0"]);
  assert.equal(
    sum!.attribute!.map(({ name, i }) => [name, Number(i)]),
    [["keepdims", 1], ["noop_with_empty_axes", 1]],
  );
  const [axes] = graph!.initializer!;
  assert.is(axes!.name, "ReduceSum_1/0");
  assert.equal([...new BigInt64Array(Uint8Array.from(axes!.rawData!).buffer)], [0n, -1n]);
});

test(
  "encode() leaves sizes open: one session for any batch and length",
  effectTest(() =>
    Effect.gen(function* () {
      const graph = (b: Size, c: Size): Graph.Graph => {
        const past = Graph.input("past", "f32", [b, 2, c]);
        const all = Op.concat([past, Graph.input("own", "f32", [b, 2, 1])], -1);
        const rows = Op.softmax(Op.reshape(all, [b, 1, 2, plus(c, 1)]));
        const flat = Op.reshape(rows, [b, 2, plus(c, 1)]);
        return {
          outputs: {
            before: Op.reduceSum(Op.slice(flat, 2, 0, c), [2], false),
            last: Op.slice(flat, 2, c, plus(c, 1)),
          },
        };
      };
      const open = yield* Session.make(graph("batch", "cache"));
      for (const [rows, length] of [[1, 1], [3, 4], [2, 7]] as const) {
        const feeds = {
          past: f32(Array.from({ length: rows * 2 * length }, (_, i) => i % 5), [rows, 2, length]),
          own: f32(Array.from({ length: rows * 2 }, (_, i) => i), [rows, 2, 1]),
        };
        assert.equal(yield* open.run(feeds), yield* evaluate(graph(rows, length), feeds));
      }
    })
  ),
);

test(
  "encode() reads open sizes off the inputs where a shape has several",
  effectTest(() =>
    Effect.gen(function* () {
      const graph = (t: Size, c: Size): Graph.Graph => {
        const scores = Graph.input("scores", "f32", [1, times(2, t), plus(c, t)]);
        const mask = Graph.input("mask", "f32", [t, 1, plus(c, t)]);
        const heads = Op.add(Op.reshape(scores, [t, 2, plus(c, t)]), mask);
        const own = Op.pad(Op.slice(heads, 2, c, plus(c, t)), 2, c, 0);
        return {
          outputs: {
            flat: Op.reshape(Op.add(heads, own), [times(2, t), plus(c, t)]),
            zeros: Op.expand(Graph.constant(0), [t, plus(c, t)]),
          },
        };
      };
      const c = 3;
      const open = yield* Session.make(graph("tokens", c));
      for (const length of [1, 4, 7]) {
        const count = 2 * length * (c + length);
        const feeds = {
          scores: f32(Array.from({ length: count }, (_, i) => i % 5), [1, 2 * length, c + length]),
          mask: f32(Array.from({ length: count / 2 }, (_, i) => i), [length, 1, c + length]),
        };
        assert.equal(yield* open.run(feeds), yield* evaluate(graph(length, c), feeds));
      }
    })
  ),
);

test("encode() gives MatMul another kernel only where it transposes or scales", () => {
  const kind = (options: Parameters<typeof Op.matMul>[2]) =>
    decode({ outputs: { y: Op.matMul(x, Graph.input("w", "f32", [3, 3]), options) } })
      .graph!.node![0]!;
  assert.is(kind({}).opType, "MatMul");
  assert.is(kind({ transB: true }).opType, "FusedMatMul");
  assert.is(kind({ alpha: 2 }).domain, "com.microsoft");
});

test("encode() points external tensors into their file", () => {
  const weight = Graph.external("model.w", { dtype: "f32", shape: [4, 3] }, {
    location: "model.safetensors",
    offset: 2 ** 33 + 1,
    length: 48,
  });
  const [tensor] = decode({ outputs: { y: Op.matMul(x, weight, { transB: true }) } })
    .graph!.initializer!;
  assert.is(tensor!.name, "model.w");
  assert.equal(tensor!.dims!.map(Number), [4, 3]);
  assert.is(tensor!.dataLocation, TensorProto.DataLocation.EXTERNAL);
  assert.equal(
    tensor!.externalData!.map(({ key, value }) => [key, value]),
    [["location", "model.safetensors"], ["offset", "8589934593"], ["length", "48"]],
  );
  assert.is(tensor!.rawData!.length, 0);
});

test("encode() is a function of the graph: the same bytes each time", () => {
  const build = () => {
    const a = Graph.input("a", "f32", [2, 3]);
    const b = Op.mul(Op.exp(a), Graph.constant(3));
    return { outputs: { y: Op.add(b, Op.softmax(b)), a2: a } };
  };
  assert.equal(encode(build()), encode(build()));
});

test("encode() refuses a graph that does not verify", () => {
  assert.throws(() => encode({ outputs: {} }), /^Cannot build Graph as it has no outputs$/);
});

test("encode() writes only the bytes of a constant that is a view", () => {
  const view = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
  const [tensor] = decode({ outputs: { y: Graph.constant(view, [2]) } }).graph!.initializer!;
  assert.equal([...new Float32Array(Uint8Array.from(tensor!.rawData!).buffer)], [1, 2]);
});

for (const optimization of LEVELS) {
  test(
    `encode() gives one value out under several names, and leaves too (optimization ${optimization})`,
    effectTest(() =>
      Effect.gen(function* () {
        const doubled = Op.add(x, x);
        const constant = Graph.constant(Float32Array.of(7, 8), [2]);
        const graph = { outputs: { a: doubled, b: doubled, same: x, constant, again: constant } };
        const feed = f32([1, 2, 3, 4, 5, 6], [2, 3]);
        const results = yield* evaluate(graph, { x: feed }, { optimization });
        assert.equal(results["a"]!.data, Float32Array.of(2, 4, 6, 8, 10, 12));
        assert.equal(results["b"], results["a"]);
        assert.equal(results["same"], feed);
        assert.equal(results["constant"]!.data, Float32Array.of(7, 8));
        assert.equal(results["again"]!.data, Float32Array.of(7, 8));
      })
    ),
  );

  test(
    `encode() lets a session read a tensor from a safetensors file at an odd offset (optimization ${optimization})`,
    effectTest(() =>
      Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem;
        const folder = yield* files.makeTempDirectoryScoped();
        const weight = Float32Array.of(1, 2, 3, 4, 5, 6);
        const bias = Float32Array.of(10, 20);
        const { bytes, start } = safetensors({ bias, weight });
        assert.is((start.weight! % 4) + (start.bias! % 4) > 0, true, "neither is aligned");
        yield* files.writeFile(`${folder}/model.safetensors`, bytes);
        const at = (name: string, shape: number[], data: Float32Array) =>
          Graph.external(name, { dtype: "f32", shape }, {
            location: "model.safetensors",
            offset: start[name]!,
            length: data.byteLength,
          });
        const y = Op.add(
          Op.matMul(x, at("weight", [2, 3], weight), { transB: true }),
          at("bias", [2], bias),
        );
        for (const prepack of [true, false]) {
          const results = yield* evaluate({ outputs: { y } }, {
            x: f32([1, 0, 0, 1, 1, 1], [2, 3]),
          }, { folder, optimization, prepack });
          assert.equal(results["y"]!.data, Float32Array.of(11, 24, 16, 35));
        }
      })
    ),
  );
}

test(
  "encode() keeps apart the names of nodes that share an operator",
  effectTest(() =>
    Effect.gen(function* () {
      let sum = x;
      for (let i = 0; i < 12; i++) sum = Op.add(sum, x);
      assert.is(topologicalOrder([sum]).length, 12);
      const results = yield* evaluate({ outputs: { sum } }, { x: f32([1, 2, 3, 4, 5, 6], [2, 3]) });
      assert.equal(results["sum"]!.data, Float32Array.of(13, 26, 39, 52, 65, 78));
    })
  ),
);

/** A safetensors file whose header has a length that leaves its tensors unaligned. */
function safetensors(tensors: Record<string, Float32Array>) {
  const entries: Record<string, object> = {};
  let end = 0;
  for (const [name, data] of Object.entries(tensors)) {
    const offsets = [end, end += data.byteLength];
    entries[name] = { dtype: "F32", shape: [data.length], data_offsets: offsets };
  }
  let header = JSON.stringify(entries);
  while (header.length % 4 !== 3) header += " ";
  const first = 8 + header.length;
  const bytes = new Uint8Array(first + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(new TextEncoder().encode(header), 8);
  const start: Record<string, number> = {};
  let position = first;
  for (const [name, data] of Object.entries(tensors)) {
    bytes.set(new Uint8Array(data.buffer), position);
    start[name] = position;
    position += data.byteLength;
  }
  return { bytes, start };
}

test.run();
