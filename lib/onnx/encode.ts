/**
 * A graph as the bytes of an ONNX model. The only import of onnx-proto, whose message types are those of ONNX 1.10: newer
 * enum numbers pass through as integers.
 *
 * @module
 */
import onnxProto from "onnx-proto";
import { FUNCTIONS, FUNCTIONS_DOMAIN } from "./functions.ts";
import { isOpen } from "./size.ts";
import type { ConstantData, ExternalLocation, Graph, Value } from "./graph.ts";
import { named } from "./names.ts";
import { type OnnxAttribute, type OpSpec, opTable } from "./ops/mod.ts";
import { type OnnxNode, sizeOperands } from "./size_operands.ts";
import { type DType, dtypes, type Shape, type TensorType } from "./types.ts";
import { verify } from "./verify.ts";

const { onnx } = onnxProto;

const IR_VERSION = 10;
const OPSETS = [{ domain: "", version: 23 }, { domain: "com.microsoft", version: 1 }];
/** onnx.TensorProto.DataLocation.EXTERNAL. */
const EXTERNAL = 1;
/** What ONNX Runtime's keys of packed copies begin with. */
const PACKED = "prepacked_";

/**
 * Encodes a graph as an ONNX ModelProto.
 *
 * @param graph what the model computes; its inputs and outputs keep their names
 * @returns the bytes, without the tensors that lie in files
 * @throws GraphError when the graph does not verify
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { encode, Graph, Op } from "dynamic-prompt-corruption/onnx";
 *
 * const x = Graph.input("x", "f32", [3]);
 * const bytes = encode({ outputs: { y: Op.exp(x) } }); // the content of a .onnx file
 * assert.ok(new TextDecoder().decode(bytes).includes("Exp"));
 * ```
 */
export function encode(graph: Graph): Uint8Array {
  verify(graph);
  const { leaves, nodes, nodeName, valueName: ownName } = named(graph);
  // A node's result that is given out is computed under the output's name. What is given out twice, or is no node's, is copied.
  const given = new Map<Value, string>();
  for (const [name, value] of Object.entries(graph.outputs)) {
    if (value.source.kind === "node" && !given.has(value)) given.set(value, name);
  }
  const valueName = (value: Value) => given.get(value) ?? ownName(value);
  const initializer = leaves.filter(({ source }) => source.kind !== "input").map((value) =>
    tensorProto(valueName(value), value)
  );
  const node: object[] = [];
  const push = ({ attributes = {}, ...each }: OnnxNode) =>
    void node.push({ ...each, attribute: Object.entries(attributes).map(attributeProto) });
  const functions = new Set<string>();
  const operand = sizeOperands(leaves, {
    initializer: (name, values) =>
      void initializer.push(
        rawTensor(name, "i64", [values.length], BigInt64Array.from(values, BigInt)),
      ),
    node: push,
  });
  for (const each of nodes) {
    const name = nodeName(each);
    const spec = opTable[each.op] as OpSpec<unknown>;
    const { type, domain = "", attributes, constants = [], infersSize } = spec.emit(
      each.attributes,
      each.inputs,
    );
    if (domain === FUNCTIONS_DOMAIN) functions.add(type);
    const operands = constants.map((sizes, i) =>
      operand({ name: `${name}/${i}`, sizes, infersSize })
    );
    push({
      name,
      opType: type,
      domain,
      input: [...each.inputs.map(valueName), ...operands],
      output: each.outputs.map(valueName),
      ...(attributes ? { attributes } : {}),
    });
  }
  for (const [name, value] of Object.entries(graph.outputs)) {
    if (given.get(value) === name) continue;
    push({
      opType: "Identity",
      name: `output/${name}`,
      input: [valueName(value)],
      output: [name],
    });
  }

  return onnx.ModelProto.encode({
    irVersion: IR_VERSION,
    producerName: "dynamic-prompt-corruption",
    opsetImport: functions.size === 0
      ? OPSETS
      : [...OPSETS, { domain: FUNCTIONS_DOMAIN, version: 1 }],
    functions: [...functions].map((name) => ({
      name,
      domain: FUNCTIONS_DOMAIN,
      opsetImport: OPSETS,
      ...FUNCTIONS[name]!,
    })),
    graph: {
      name: "graph",
      node,
      initializer,
      input: leaves.flatMap((value) =>
        value.source.kind === "input" ? [valueInfo(value.source.name, value)] : []
      ),
      output: Object.entries(graph.outputs).map(([name, value]) => valueInfo(name, value)),
    },
  }).finish();
}

function tensorProto(name: string, value: Value): object {
  const { source } = value;
  if (source.kind === "constant") return rawTensor(name, value.dtype, value.shape, source.data);
  if (source.kind !== "external") throw new Error(`'${name}' is not an initializer`);
  const { location, offset, length, packed = [] } = source.at;
  return {
    name,
    dataType: dtypes[value.dtype].onnx,
    dims: value.shape,
    dataLocation: EXTERNAL,
    externalData: [
      { key: "location", value: location },
      { key: "offset", value: String(offset) },
      { key: "length", value: String(length) },
      ...packed.map((value, i) => ({ key: `${PACKED}${i}`, value })),
    ],
  };
}

/** Where the external tensors of an encoded model lie, by name. */
export function externalLocations(model: Uint8Array): ReadonlyMap<string, ExternalLocation> {
  const tensors = onnx.ModelProto.decode(model).graph?.initializer ?? [];
  return new Map(tensors.map(({ name, externalData }) => {
    const entries = new Map((externalData ?? []).map(({ key, value }) => [key!, value!]));
    return [name!, {
      location: entries.get("location")!,
      offset: Number(entries.get("offset") ?? 0),
      length: Number(entries.get("length")),
      packed: [...entries].flatMap(([key, value]) => key.startsWith(PACKED) ? [value] : []),
    }];
  }));
}

function rawTensor(
  name: string,
  dtype: DType,
  dims: Shape,
  data: ConstantData,
): object {
  const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, dataType: dtypes[dtype].onnx, dims, rawData };
}

function valueInfo(name: string, type: TensorType): object {
  const dim = type.shape.map((size) => isOpen(size) ? { dimParam: size } : { dimValue: size });
  return { name, type: { tensorType: { elemType: dtypes[type.dtype].onnx, shape: { dim } } } };
}

function attributeProto([name, value]: [string, OnnxAttribute]): object {
  const { AttributeType } = onnx.AttributeProto;
  if ("int" in value) return { name, type: AttributeType.INT, i: value.int };
  if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ("ints" in value) return { name, type: AttributeType.INTS, ints: value.ints };
  return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value.string) };
}
