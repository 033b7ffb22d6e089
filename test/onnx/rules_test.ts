import { test } from "uvu";
import * as assert from "uvu/assert";
import { Graph, Op, type OpName, opTable, type Shape, type Value } from "../../lib/onnx/mod.ts";

const f32 = (...shape: Shape): Value => Graph.input("x", "f32", shape);
const i64 = (...shape: Shape): Value => Graph.input("i", "i64", shape);
const u8 = (...shape: Shape): Value => Graph.input("q", "u8", shape);
const i8 = (...shape: Shape): Value => Graph.input("w", "i8", shape);
const fourBits = { bits: 4, block: 32, roundInputs: false } as const;
const bool = (...shape: Shape): Value => Graph.input("c", "bool", shape);

const unary = (op: OpName, build: (x: Value) => Value): [OpName, () => Value, string] => [
  op,
  () => build(i64(2)),
  "its input must be f32: found i64[2]",
];
const mixed = (op: OpName, build: (a: Value, b: Value) => Value): [OpName, () => Value, RegExp] => [
  op,
  () => build(f32(2), i64(2)),
  /^its inputs must have one dtype of .*: found f32\[2\], i64\[2\]$/,
];
const unbroadcast = (
  op: OpName,
  build: (a: Value, b: Value) => Value,
): [OpName, () => Value, string] => [
  op,
  () => build(f32(2, 3), f32(2)),
  "its shapes do not broadcast: found f32[2,3], f32[2]",
];
const reductions = (
  op: OpName,
  build: typeof Op.reduceSum,
): [OpName, () => Value, string][] => [
  [op, () => build(i64(2), [0]), "its inputs must be f32: found i64[2]"],
  [op, () => build(f32(2, 3), [2]), "axis 2 is outside of the first input: found f32[2,3]"],
  [op, () => build(f32(2, 3), [0, -2]), "axes [0,-2] repeat: found f32[2,3]"],
];

/** What each operator refuses, and why. */
const refused: readonly (readonly [OpName, () => unknown, string | RegExp])[] = [
  mixed("Add", Op.add),
  unbroadcast("Add", Op.add),
  ["Add", () => Op.add(bool(2), bool(2)), /one dtype of f32, i64, u8: found bool\[2\], bool\[2\]$/],
  mixed("Sub", Op.sub),
  unbroadcast("Sub", Op.sub),
  mixed("Mul", Op.mul),
  unbroadcast("Mul", Op.mul),
  mixed("Div", Op.div),
  unbroadcast("Div", Op.div),
  mixed("Min", Op.min),
  unbroadcast("Min", Op.min),
  mixed("Max", Op.max),
  unbroadcast("Max", Op.max),
  unary("Neg", Op.neg),
  unary("Abs", Op.abs),
  unary("Sign", Op.sign),
  unary("Exp", Op.exp),
  unary("Log", Op.log),
  unary("Sqrt", Op.sqrt),
  unary("Sigmoid", Op.sigmoid),
  unary("Tanh", Op.tanh),
  mixed("Equal", Op.equal),
  unbroadcast("Equal", Op.equal),
  mixed("Less", Op.less),
  unbroadcast("Less", Op.less),
  ["Less", () => Op.less(bool(), bool()), /found bool\[\], bool\[\]$/],
  ["Where", () => Op.where(f32(2), f32(2), f32(2)), /^it needs a bool and two of one dtype/],
  ["Where", () => Op.where(bool(2), f32(2), i64(2)), /found bool\[2\], f32\[2\], i64\[2\]$/],
  ["Where", () => Op.where(bool(2), bool(2), bool(2)), /two of one dtype of f32, i64, u8: found/],
  ["Where", () => Op.where(bool(2), f32(3), f32()), /^its shapes do not broadcast/],
  [
    "Cast",
    () => Graph.apply("Cast", { to: "f32" }, [f32(), f32()]),
    "it takes 1 inputs: found f32[], f32[]",
  ],
  [
    "MatMul",
    () => Op.matMul(f32(2, 3), f32(2, 3)),
    "inner dimensions differ (transA false, transB false): found f32[2,3], f32[2,3]",
  ],
  [
    "MatMul",
    () => Op.matMul(f32(2, 3), f32(3, 4), { transB: true }),
    /\(transA false, transB true\): found f32\[2,3\], f32\[3,4\]$/,
  ],
  [
    "MatMul",
    () => Op.matMul(f32(3), f32(3, 2)),
    "its inputs need two axes: found f32[3], f32[3,2]",
  ],
  ["MatMul", () => Op.matMul(f32(2, 2, 2), f32(3, 2, 2)), /^its batch shapes do not broadcast/],
  ["MatMul", () => Op.matMul(i64(2, 2), f32(2, 2)), /^its inputs must be f32, f32: found i64/],
  ["Softmax", () => Op.softmax(f32(2, 3), 2), /^axis 2 is outside of the first input: found/],
  ["Softmax", () => Op.softmax(f32()), "axis -1 is outside of the first input: found f32[]"],
  [
    "SoftmaxCrossEntropyLoss",
    () => Op.softmaxCrossEntropyLoss(f32(2, 3), i64(3)),
    "its inputs must be [N, C] and [N]: found f32[2,3], i64[3]",
  ],
  [
    "SoftmaxCrossEntropyLoss",
    () => Op.softmaxCrossEntropyLoss(f32(2, 3), f32(2)),
    "its inputs must be f32, i64: found f32[2,3], f32[2]",
  ],
  [
    "SimplifiedLayerNormalization",
    () => Op.rmsNorm(f32(2, 3), f32(2), 1e-5),
    "its scale must have the last axis' size: found f32[2,3], f32[2]",
  ],
  [
    "RotaryEmbedding",
    () => Op.rotaryEmbedding(f32(1, 2, 12), f32(1, 2, 3), f32(1, 2, 2), 2),
    "its inputs must be [B, T, 2 d], 2 x [B, T, d/2] or narrower: found f32[1,2,12], f32[1,2,3], f32[1,2,2]",
  ],
  [
    "RotaryEmbedding",
    () => Op.rotaryEmbedding(f32(1, 2, 6), f32(1, 2, 2), f32(1, 2, 2), 2),
    /d\/2/,
  ],
  [
    "Reshape",
    () => Op.reshape(f32(2, 3), [4]),
    "[4] holds another number of elements: found f32[2,3]",
  ],
  ["Reshape", () => Op.reshape(f32(2, 3), [-2, -3]), "its result cannot be f32[-2,-3]"],
  [
    "Transpose",
    () => Op.transpose(f32(2, 3), [0, 0]),
    "[0,0] is not a permutation of its axes: found f32[2,3]",
  ],
  ["Transpose", () => Op.transpose(f32(2, 3), [0]), /^\[0\] is not a permutation/],
  ["Expand", () => Op.expand(f32(2), [3]), "its input does not broadcast to [3]: found f32[2]"],
  ["Expand", () => Op.expand(f32(2, 3), [3]), /^its input does not broadcast to \[3\]/],
  ["Expand", () => Op.expand(f32(1), [-3]), "its result cannot be f32[-3]"],
  ["Concat", () => Op.concat([], 0), "it takes at least 1 inputs: found none"],
  [
    "Concat",
    () => Op.concat([f32(2, 3), f32(2, 4)], 0),
    /^its inputs differ in more than axis 0: found/,
  ],
  ["Concat", () => Op.concat([f32(2), i64(2)], 0), /found f32\[2\], i64\[2\]$/],
  ["Concat", () => Op.concat([f32(2), f32(2, 2)], 0), /found f32\[2\], f32\[2,2\]$/],
  ["Slice", () => Op.slice(f32(4), 0, 2, 5), "2..5 is outside of axis 0: found f32[4]"],
  ["Slice", () => Op.slice(f32(4), 0, 3, 2), "3..2 is outside of axis 0: found f32[4]"],
  ["Slice", () => Op.slice(f32(4), 0, -1, 2), "-1 is not a valid size: found f32[4]"],
  ["Slice", () => Op.slice(f32(4), 0, 0.5, 1.5), "0.5 is not a valid size: found f32[4]"],
  ["Slice", () => Op.slice(f32(4), 1, 0, 1), /^axis 1 is outside/],
  ["Pad", () => Op.pad(f32(4), 0, -1, 0), "-1 is not a valid size: found f32[4]"],
  ["Pad", () => Op.pad(f32(4), 0, 0, 0.5), "0.5 is not a valid size: found f32[4]"],
  ["Pad", () => Op.pad(f32(), 0, 1, 1), /^axis 0 is outside/],
  ...reductions("ReduceSum", Op.reduceSum),
  ...reductions("ReduceMean", Op.reduceMean),
  ...reductions("ReduceMax", Op.reduceMax),
  [
    "MatMulNBits",
    () => Op.matMulNBits(f32(5, 64), u8(7, 2, 32), f32(7, 2), fourBits),
    "its inputs don't match (4 bits, blocks of 32): found f32[5,64], u8[7,2,32], f32[7,2]",
  ],
  [
    "MatMulNBits",
    () => Op.matMulNBits(f32(5, 96), u8(7, 2, 16), f32(7, 2), fourBits),
    /don't match .* found f32\[5,96\]/,
  ],
  [
    "MatMulNBits",
    () => Op.matMulNBits(f32(5, 64), u8(7, 2, 16), f32(7, 1), fourBits),
    /don't match .* f32\[7,1\]$/,
  ],
  ["QuantizeRows", () => Op.quantizeRows(i64(2, 3)), /must be f32: found i64\[2,3\]$/],
  [
    "RoundingRest",
    () => Op.roundingRest(f32(2, 3), { numbers: u8(2, 3), scales: f32(2) }),
    "its inputs don't match: found f32[2,3], u8[2,3], f32[2]",
  ],
  ["QuantizeRows", () => Op.quantizeRows(f32(2)), "its input must have two axes: found f32[2]"],
  ...([[f32(2, 1), i8(4, 5), f32(5)], [f32(2), i8(3, 5), f32(5)], [f32(2, 1), i8(3, 5), f32(3)]]
    .map(([scales, w, c]): [OpName, () => Value, RegExp] => [
      "QuantizedMatMul",
      () => Op.quantizedMatMul({ numbers: u8(2, 3), scales: scales! }, w!, c!),
      /^its inputs don't match: found u8\[2,3\]/,
    ])),
  ["ArgMax", () => Op.argMax(f32(2), 1), "axis 1 is outside of the first input: found f32[2]"],
  ["ArgMax", () => Op.argMax(i64(2), 0), "its inputs must be f32: found i64[2]"],
  [
    "Gather",
    () => Op.gather(f32(2, 3), f32(2)),
    "it reads rows of a table at i64 indices: found f32[2,3], f32[2]",
  ],
  ["Gather", () => Op.gather(f32(), i64(2)), /found f32\[\], i64\[2\]$/],
  [
    "GatherElements",
    () => Op.gatherElements(f32(2, 3), i64(1, 2), 1),
    "its i64 indices may differ in axis 1 alone: found f32[2,3], i64[1,2]",
  ],
  ["GatherElements", () => Op.gatherElements(f32(2, 3), i64(2), 1), /found f32\[2,3\], i64\[2\]$/],
  ["GatherElements", () => Op.gatherElements(f32(2), f32(2), 0), /found f32\[2\], f32\[2\]$/],
  [
    "ScatterElements",
    () => Op.scatterElements(f32(2, 3), i64(2, 1), f32(2, 2), 1),
    "indices and updates may differ in axis 1 alone: found f32[2,3], i64[2,1], f32[2,2]",
  ],
  ["ScatterElements", () => Op.scatterElements(f32(2, 3), i64(2), f32(2), 1), /axis 1 alone/],
  [
    "ScatterElements",
    () => Op.scatterElements(f32(2), i64(2), i64(2), 0),
    /^its inputs must be f32/,
  ],
  [
    "ScatterND",
    () => Op.scatterND(f32(4, 3), i64(2, 1), f32(2, 4)),
    "its updates must be one row for each index: found f32[4,3], i64[2,1], f32[2,4]",
  ],
  ["ScatterND", () => Op.scatterND(f32(4, 3), i64(2), f32(2, 3)), /one row for each index/],
  ["ScatterND", () => Op.scatterND(f32(), i64(1), f32()), /one row for each index/],
];

test("opTable: every operator is seen to refuse something", () => {
  const seen = new Set(refused.map(([op]) => op));
  assert.equal([...seen].sort(), Object.keys(opTable).sort());
});

test("apply() refuses wrong shapes and dtypes with the operator and the types it was given", () => {
  for (const [op, build, reason] of refused) {
    assert.throws(build, (error: unknown) => {
      assert.instance(error, Error);
      const { _tag, message, ...data } = error as Error & {
        _tag: string;
        op: string;
        reason: string;
      };
      assert.is(_tag, "GraphError", `${op}: ${message}`);
      assert.is(data.op, op);
      assert.is(message, `Cannot build ${op} as ${data.reason}`);
      if (typeof reason === "string") assert.is(data.reason, reason);
      else assert.match(data.reason, reason, op);
      return true;
    });
  }
});

test("apply() refuses a wrong number of inputs for every operator", () => {
  for (const op of Object.keys(opTable) as OpName[]) {
    assert.throws(
      () => Graph.apply(op, {} as never, op === "Concat" ? [] : Array(5).fill(f32())),
      new RegExp(`^Cannot build ${op} as it takes (at least )?\\d inputs: found`),
    );
  }
});

test("constant() refuses data that does not fill its shape", () => {
  assert.throws(
    () => Graph.constant(new Float32Array(5), [2, 3]),
    (error: Error) => error.message === "Cannot build Constant as [2,3] needs 6 elements: found 5",
  );
});

test("Op.concat() joins more values than any decoder has layers", () => {
  const layers = Array.from({ length: 200 }, () => f32(1, 3));
  assert.equal(Op.concat(layers, 0).shape, [200, 3]);
});

test.run();
