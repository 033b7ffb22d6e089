import { Effect } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import { gradient } from "../../lib/autodiff/mod.ts";
import { Graph, Op, type Value } from "../../lib/onnx/mod.ts";
import * as Session from "../../lib/runtime/session.ts";
import { integers, nonzeros, positives, reals } from "../onnx/arbitraries.ts";
import { assertClose, evaluate, f32, LEVELS, numbers, property } from "../onnx/support.ts";
import { centralDifferences, project } from "./central_differences.ts";

const [PROMPT, TEXT, WIDTH, GROUP, HEAD, MLP, VOCABULARY] = [2, 3, 8, 2, 4, 6, 7];
const LENGTH = PROMPT + TEXT;

/** Names and shapes of what is fed besides ids, labels, mask and the loss' weights. */
const SHAPES = {
  prompt: [PROMPT, WIDTH],
  table: [VOCABULARY, WIDTH],
  "norm.1": [WIDTH],
  "norm.2": [WIDTH],
  query: [GROUP * HEAD, WIDTH],
  key: [HEAD, WIDTH],
  value: [HEAD, WIDTH],
  output: [WIDTH, GROUP * HEAD],
  gate: [MLP, WIDTH],
  up: [MLP, WIDTH],
  down: [WIDTH, MLP],
  cos: [1, LENGTH, HEAD / 2],
  sin: [1, LENGTH, HEAD / 2],
} as const;
const TRAINED = ["prompt", "table", "norm.1", "query", "key", "value", "down"] as const;
/** Small weights, as in a trained model; the softmax is not saturated. */
const SCALE = 1 / 4;
const STEP = 1 / 128;

const probabilitiesShape = [1, LENGTH * GROUP, LENGTH];

/** One decoder block behind a soft prompt: two query heads share a key head; what is added to the probabilities is an input. */
function block() {
  const fed = Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape]) => [name, Graph.input(name, "f32", shape)]),
  ) as Record<keyof typeof SHAPES, Value>;
  const { cos, sin } = fed;
  const linear = (x: Value, weight: Value) => Op.matMul(x, weight, { transB: true });
  const rotate = (x: Value, heads: number) =>
    Op.rotaryEmbedding(Op.reshape(x, [1, LENGTH, heads * HEAD]), cos, sin, heads);

  const text = Op.gather(fed.table, Graph.input("ids", "i64", [TEXT]));
  const x = Op.concat([fed.prompt, text], 0);
  const normed = Op.rmsNorm(x, fed["norm.1"], 1e-5);
  const query = Op.reshape(rotate(linear(normed, fed.query), GROUP), [1, LENGTH * GROUP, HEAD]);
  const key = Op.transpose(rotate(linear(normed, fed.key), 1), [0, 2, 1]);
  const value = Op.reshape(linear(normed, fed.value), [1, LENGTH, HEAD]);
  const scores = Op.add(
    Op.matMul(query, key, { alpha: 1 / Math.sqrt(HEAD) }),
    Graph.input("mask", "f32", probabilitiesShape),
  );
  const probabilities = Op.add(
    Op.softmax(scores),
    Graph.input("perturbation", "f32", probabilitiesShape),
  );
  const heard = Op.reshape(Op.matMul(probabilities, value), [LENGTH, GROUP * HEAD]);
  const attended = Op.add(x, linear(heard, fed.output));
  const second = Op.rmsNorm(attended, fed["norm.2"], 1e-5);
  const gate = linear(second, fed.gate);
  const gated = Op.mul(Op.mul(gate, Op.sigmoid(gate)), linear(second, fed.up));
  const hidden = Op.add(attended, linear(gated, fed.down));
  // tied embeddings: the table is read and multiplied with
  const { negativeLogLikelihood } = Op.softmaxCrossEntropyLoss(
    linear(hidden, fed.table),
    Graph.input("labels", "i64", [LENGTH]),
  );
  const loss = Op.reduceSum(
    Op.mul(negativeLogLikelihood, Graph.input("weights", "f32", [LENGTH])),
    [0],
  );
  return { fed, probabilities, negativeLogLikelihood, loss };
}

const causal = f32(
  Array.from({ length: LENGTH * GROUP * LENGTH }, (_, i) => {
    const [row, column] = [Math.floor(i / LENGTH / GROUP), i % LENGTH];
    return column <= row ? 0 : -1e30;
  }),
  probabilitiesShape,
);

const feeds: fc.Arbitrary<Record<string, Session.Tensor>> = fc.record({
  ...Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape]) => {
      if (name === "cos" || name === "sin") return [name, reals(shape)];
      const values = name.startsWith("norm") ? positives(shape) : nonzeros(shape);
      const scaled = values.map(({ data, ...type }): Session.Tensor => ({
        ...type,
        data: data.map((x) => x * SCALE),
      }));
      return [name, scaled];
    }),
  ),
  ids: integers([TEXT], 0, VOCABULARY - 1),
  labels: integers([LENGTH], 0, VOCABULARY - 1),
  weights: positives([LENGTH]),
  mask: fc.constant(causal),
  perturbation: fc.constant(f32(new Array(causal.data.length).fill(0), probabilitiesShape)),
});

test(
  "gradient() of a decoder block is what central differences say, for the attention probabilities and the weights",
  property(feeds, 2, (feeds) =>
    Effect.gen(function* () {
      const { fed, probabilities, negativeLogLikelihood, loss } = block();
      const forward = yield* Session.make({ outputs: { nll: negativeLogLikelihood } });
      const { weights, ...read } = feeds;
      const scalar = ({ nll }: Readonly<Record<string, Session.Tensor>>) => project(nll!, weights!);

      const names = ["probabilities", ...TRAINED];
      const gradients = gradient(loss, [probabilities, ...TRAINED.map((name) => fed[name])]);
      const graph = {
        outputs: Object.fromEntries(names.map((name, i) => [`d.${name}`, gradients[i]!])),
      };
      for (const name of names) {
        const input = name === "probabilities" ? "perturbation" : name;
        const wanted = yield* centralDifferences(forward, read, input, scalar, STEP);
        for (const optimization of LEVELS) {
          const found = (yield* evaluate(graph, feeds, { optimization }))[`d.${name}`]!;
          assertClose(numbers(found), wanted, 1e-3, `${name}, ${optimization}`);
        }
      }
    })),
);

test.run();
