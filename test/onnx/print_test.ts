import { test } from "uvu";
import * as assert from "uvu/assert";
import { Graph, Op, print } from "../../lib/onnx/mod.ts";

test("print() shows leaves, nodes with their attributes and types, and outputs", () => {
  const x = Graph.input("x", "f32", [2, 3]);
  const weight = Graph.external("model.w", { dtype: "f32", shape: [4, 3] }, {
    location: "model.safetensors",
    offset: 120,
    length: 48,
  });
  const logits = Op.mul(Op.matMul(x, weight, { transB: true, alpha: 0.5 }), Graph.constant(2));
  const { negativeLogLikelihood, logProbabilities } = Op.softmaxCrossEntropyLoss(
    logits,
    Graph.constantInt64([1, 3]),
  );
  const text = print({
    outputs: {
      loss: Op.reduceSum(negativeLogLikelihood, [0]),
      logProbabilities,
      again: logProbabilities,
      x2: x,
    },
  });
  assert.is(
    text,
    `input x: f32[2,3]
external model.w: f32[4,3]
constant const_0: f32[]
constant const_1: i64[2]
MatMul_0 = MatMul(x, model.w) transB=true alpha=0.5: f32[2,4]
Mul_1 = Mul(MatMul_0, const_0): f32[2,4]
SoftmaxCrossEntropyLoss_2 = SoftmaxCrossEntropyLoss(Mul_1, const_1): f32[2], f32[2,4]
ReduceSum_3 = ReduceSum(SoftmaxCrossEntropyLoss_2.0) axes=[0] keepDims=false: f32[]
output loss = ReduceSum_3
output logProbabilities = SoftmaxCrossEntropyLoss_2.1
output again = SoftmaxCrossEntropyLoss_2.1
output x2 = x`,
  );
});

test.run();
