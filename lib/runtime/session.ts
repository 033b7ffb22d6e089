/**
 * An ONNX Runtime session as a scoped resource. The only import of onnxruntime-node.
 *
 * A run blocks its thread: programs use sessions inside the workers of {@linkcode ./worker.ts}.
 *
 * @module
 */
import { silence } from "./quiet.ts"; // before the library is loaded
import { Data, Effect, type Scope } from "effect";
import type Ort from "onnxruntime-node";
import {
  type DType,
  encode,
  fits,
  formatType,
  Graph,
  isOpen,
  sizeOf,
  type TensorType,
} from "../onnx/mod.ts";

/** A session that could not be made or run; `reason` names the input at fault, or is what ONNX Runtime says. */
export class SessionError extends Data.TaggedError("SessionError")<{
  readonly action: "create" | "run";
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return this.action === "create"
      ? `Cannot create an ONNX Runtime session: ${this.reason}`
      : `Cannot run an ONNX Runtime session: ${this.reason}`;
  }
}

/** Memory that did not suffice; `reason` is what was said of it. */
export class OutOfMemory extends Data.TaggedError("OutOfMemory")<{ readonly reason: string }> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot get enough memory: ${this.reason}`;
  }
}

/** Elements of a tensor that is fed or fetched. */
export type TensorData = Float32Array | BigInt64Array | Uint8Array | Int8Array;

/** A tensor outside of the graph; the data is read in place, never copied, when it is fed. */
export interface Tensor<Data extends TensorData = TensorData> {
  /** Type of the elements. */
  readonly dtype: DType;
  /** Sizes of the axes. */
  readonly shape: readonly number[];
  /** Values, row-major. */
  readonly data: Data;
}

/** What a session needs besides its graph. */
export interface SessionOptions {
  /** Folder that external tensors are relative to. */
  readonly folder?: string;
  /** Threads inside an operator; 1 by default. More than there are cores is many times slower. */
  readonly threads?: number;
  /** ONNX Runtime's own rewriting of the graph; "all" by default. */
  readonly optimization?: "disabled" | "basic" | "extended" | "all";
  /**
   * Whether constant matrices are copied into the layout that the kernels like best; true by default. Without, weights
   * stay in the file's pages, which all sessions and workers share, and products of one row take another kernel whose last bits
   * differ.
   */
  readonly prepack?: boolean;
}

/** A graph that can be run. */
export interface Session {
  /** Names of the inputs that the graph reads. */
  readonly inputs: readonly string[];
  /** Runs the graph: one tensor for each input, one for each output. */
  readonly run: (
    feeds: Readonly<Record<string, Tensor>>,
  ) => Effect.Effect<Readonly<Record<string, Tensor>>, SessionError | OutOfMemory>;
}

/** Loaded with the first session: programs whose sessions are in workers need it not. */
const onnxRuntime = async (): Promise<typeof Ort> => {
  await silence();
  const loaded = await import("onnxruntime-node");
  // a CommonJS module, whose exports Node gives as the default and tsx as they are
  return "default" in loaded && loaded.default ? loaded.default as typeof Ort : loaded;
};

const ORT_DTYPE = { f32: "float32", i64: "int64", bool: "bool", u8: "uint8", i8: "int8" } as const;
const DTYPE: Readonly<Record<string, DType>> = {
  float32: "f32",
  int64: "i64",
  bool: "bool",
  uint8: "u8",
  int8: "i8",
};

/** What ONNX Runtime says when memory does not suffice. */
const OUT_OF_MEMORY = /Failed to allocate memory|bad_alloc/;

/** ONNX Runtime's error, whose text loses its source locations and line breaks. */
const failed = (action: SessionError["action"]) => (error: unknown): SessionError | OutOfMemory => {
  const text = error instanceof Error ? error.message : String(error);
  const reason = text.replace(/\s+/g, " ").replace(/\/\S*\/onnxruntime\/\S+/g, "").trim();
  return OUT_OF_MEMORY.test(text)
    ? new OutOfMemory({ reason })
    : new SessionError({ action, reason });
};

/**
 * Makes a session for a graph, released with the scope.
 *
 * @param graph what to run
 * @param options threads, folder of the external tensors, optimisation
 * @returns the session; fails with {@linkcode SessionError} or {@linkcode OutOfMemory}
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { Graph, Op } from "dynamic-prompt-corruption/onnx";
 * import { Session } from "dynamic-prompt-corruption/runtime";
 *
 * export const program = Effect.gen(function* () {
 *   const x = Graph.input("x", "f32", [3]);
 *   const session = yield* Session.make({ outputs: { y: Op.mul(x, x) } });
 *   const { y } = yield* session.run({ x: { dtype: "f32", shape: [3], data: Float32Array.of(1, 2, 3) } });
 *   assert.deepEqual([...y!.data], [1, 4, 9]);
 * }).pipe(Effect.scoped);
 * ```
 */
export function make(
  graph: Graph.Graph,
  options: SessionOptions = {},
): Effect.Effect<Session, SessionError | OutOfMemory, Scope.Scope> {
  const { folder, threads = 1, optimization = "all", prepack = true } = options;
  const inputs = inputTypes(graph);
  const acquire = Effect.tryPromise({
    try: async () => {
      const ort = await onnxRuntime();
      const native = await ort.InferenceSession.create(encode(graph), {
        executionProviders: ["cpu"],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: optimization,
        // a plan for each combination of sizes would keep memory of its own
        enableMemPattern: ![...inputs.values()].some(({ shape }) => shape.some(isOpen)),
        // its errors come back as SessionError: it is not to print them as well
        logSeverityLevel: 4,
        extra: {
          session: {
            ...(prepack ? {} : { disable_prepacking: "1" }),
            ...(folder === undefined
              ? {}
              : { model_external_initializers_file_folder_path: folder }),
          },
        },
      });
      return { ort, native };
    },
    catch: failed("create"),
  });
  return Effect.map(
    Effect.acquireRelease(acquire, ({ native }) => Effect.promise(() => native.release())),
    ({ ort, native }) => ({
      inputs: [...inputs.keys()],
      run: (feeds) =>
        Effect.tryPromise({
          try: async () => fromNative(await native.run(toNative(ort, inputs, feeds))),
          catch: failed("run"),
        }),
    }),
  );
}

/** What {@linkcode pack} reads and writes. */
export interface PackOptions {
  /** Folder that external tensors are relative to. */
  readonly folder: string;
  /** The model that is written. */
  readonly file: string;
  /** Name of the file of its tensors, which goes beside it. */
  readonly data: string;
}

/**
 * Writes a graph as a model whose constant matrices are stored as they are and as the kernels like them, so that sessions
 * map both.
 */
export function pack(
  graph: Graph.Graph,
  { folder, file, data }: PackOptions,
): Effect.Effect<void, SessionError | OutOfMemory> {
  return Effect.tryPromise({
    try: async () => {
      const ort = await onnxRuntime();
      const native = await ort.InferenceSession.create(encode(graph), {
        executionProviders: ["cpu"],
        graphOptimizationLevel: "disabled",
        optimizedModelFilePath: file,
        logSeverityLevel: 4,
        extra: {
          session: {
            model_external_initializers_file_folder_path: folder,
            optimized_model_external_initializers_file_name: data,
            optimized_model_external_initializers_min_size_in_bytes: "0",
            save_external_prepacked_constant_initializers: "1",
          },
        },
      });
      await native.release();
    },
    catch: failed("create"),
  });
}

function inputTypes(graph: Graph.Graph): ReadonlyMap<string, TensorType> {
  return new Map(
    Graph.leaves(graph).flatMap((value) =>
      value.source.kind === "input" ? [[value.source.name, value]] : []
    ),
  );
}

/** Checks the feeds before ONNX Runtime does, which does not name the input whose dtype is wrong. */
function toNative(
  ort: typeof Ort,
  inputs: ReadonlyMap<string, TensorType>,
  feeds: Readonly<Record<string, Tensor>>,
): Record<string, Ort.Tensor> {
  const native: Record<string, Ort.Tensor> = {};
  for (const [name, type] of inputs) {
    const feed = feeds[name];
    const expected = formatType(type);
    if (feed === undefined) throw new Error(`input '${name}' must be ${expected}: it is missing`);
    const found = formatType(feed);
    if (feed.dtype !== type.dtype || !fits(feed.shape, type.shape)) {
      throw new Error(`input '${name}' must be ${expected}: found ${found}`);
    }
    if (feed.data.length !== sizeOf(feed.shape)) {
      throw new Error(`input '${name}' is ${found}: found ${feed.data.length} elements`);
    }
    native[name] = new ort.Tensor(ORT_DTYPE[feed.dtype], feed.data, feed.shape);
  }
  return native;
}

function fromNative(results: Ort.InferenceSession.ReturnType): Readonly<Record<string, Tensor>> {
  const tensors: Record<string, Tensor> = {};
  for (const [name, { type, dims, data }] of Object.entries(results)) {
    tensors[name] = { dtype: DTYPE[type]!, shape: dims, data: data as TensorData };
  }
  return tensors;
}
