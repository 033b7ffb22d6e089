import { test } from "uvu";
import * as assert from "uvu/assert";
import { Graph, Op, type TensorType, type Value, verify } from "../../lib/onnx/mod.ts";

const x = Graph.input("x", "f32", [2, 3]);

/** The value with another type than its node's rule gives, as a faulty transformation would leave it. */
function corrupt(value: Value, type: Partial<TensorType>): Value {
  const node = Graph.producer(value)!;
  const outputs: Value[] = [];
  const changed = { ...node, outputs };
  node.outputs.forEach((output, index) =>
    outputs.push({
      ...output,
      ...(output === value ? type : {}),
      source: { kind: "node", node: changed, output: index },
    })
  );
  return outputs[node.outputs.indexOf(value)]!;
}

function refuses(outputs: Record<string, Value>, message: string): void {
  assert.throws(() => verify({ outputs }), (error: Error) => {
    assert.is(error.message, message);
    return true;
  });
}

test("verify() gives a sound graph back", () => {
  const graph = { outputs: { y: Op.mul(x, x), x2: x } };
  assert.is(verify(graph), graph);
});

test("verify() refuses a graph without outputs", () => {
  refuses({}, "Cannot build Graph as it has no outputs");
});

test("verify() names the node whose shape or dtype is not its rule's", () => {
  const sum = Op.add(Op.neg(x), x);
  refuses(
    { y: corrupt(sum, { shape: [3, 2] }) },
    "Cannot build node 'Add_1' as its output 0 must be f32[2,3]: found f32[3,2]",
  );
  refuses(
    { y: Op.cast(corrupt(sum, { dtype: "i64" }), "f32") },
    "Cannot build node 'Add_1' as its output 0 must be f32[2,3]: found i64[2,3]",
  );
});

test("verify() names the node whose inputs its operator refuses", () => {
  const product = Op.matMul(x, Graph.input("w", "f32", [3, 4]));
  const node = { ...Graph.producer(product)!, inputs: [x, x] };
  refuses(
    { y: { ...product, source: { kind: "node", node, output: 0 } } },
    "Cannot build node 'MatMul_0' as inner dimensions differ (transA false, transB false): " +
      "found f32[2,3], f32[2,3]",
  );
});

test("verify() names the node that lacks an output or has one too many", () => {
  const { negativeLogLikelihood: loss } = Op.softmaxCrossEntropyLoss(
    x,
    Graph.input("labels", "i64", [2]),
  );
  const [first, second] = Graph.producer(loss)!.outputs;
  for (const outputs of [[first!], [first!, second!, second!]]) {
    const node = { ...Graph.producer(loss)!, outputs };
    refuses(
      { y: { ...loss, source: { kind: "node", node, output: 0 } } },
      "Cannot build node 'SoftmaxCrossEntropyLoss_0' as its outputs must be f32[2], f32[2,3]: " +
        `found ${outputs.map(({ shape }) => `f32[${shape}]`).join(", ")}`,
    );
  }
});

test("verify() refuses two tensors of one name", () => {
  const twin = Graph.input("x", "f32", [2, 3]);
  refuses({ y: Op.add(x, twin) }, "Cannot build Graph as two tensors are named 'x'");
  const weight = Graph.external("x", { dtype: "f32", shape: [3] }, {
    location: "w",
    offset: 0,
    length: 12,
  });
  refuses({ y: Op.add(x, weight) }, "Cannot build Graph as two tensors are named 'x'");
  refuses({ x: Op.neg(x) }, "Cannot build Graph as two tensors are named 'x'");
  refuses(
    { y: Op.neg(Graph.input("Neg_0", "f32", [1])) },
    "Cannot build Graph as two tensors are named 'Neg_0'",
  );
});

test("verify() refuses an empty name, which to ONNX is an input left out", () => {
  refuses(
    { y: Op.neg(Graph.input("", "f32", [1])) },
    "Cannot build Graph as a tensor has no name",
  );
});

test("verify() refuses an input of an impossible shape", () => {
  refuses(
    { y: Graph.input("ids", "i64", [1, -2]) },
    "Cannot build input 'ids' as it cannot be i64[1,-2]",
  );
  refuses({ y: Graph.input("z", "f32", [1.5]) }, "Cannot build input 'z' as it cannot be f32[1.5]");
});

test("verify() refuses an external tensor whose bytes do not fill its shape", () => {
  const weight = Graph.external("w", { dtype: "f32", shape: [2, 3] }, {
    location: "model.safetensors",
    offset: 8,
    length: 20,
  });
  refuses(
    { y: Op.add(x, weight) },
    "Cannot build external 'w' as f32[2,3] takes 24 bytes: found 20 in 'model.safetensors'",
  );
});

test.run();
