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
  composed,
  encode,
  feedChecks,
  Graph,
  isOpen,
  Op,
  type Provider,
  type TensorType,
} from "../onnx/mod.ts";
import { DeviceMemory } from "./device_memory.ts";
import { type DeviceTensor, type Feed, fromNative, type Tensor, toNative } from "./tensor.ts";

export type { Tensor, TensorData } from "./tensor.ts";

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
  /** The device that computes it; the CPU by default. */
  readonly device?: OpenDevice | undefined;
  /** Outputs that stay on the device; none by default. */
  readonly keep?: readonly string[];
}

/** A device that sessions may use; it ends with its scope, behind all of them. */
export interface OpenDevice {
  /** ONNX Runtime's execution provider. */
  readonly provider: Exclude<Provider, "cpu">;
  /** The buffers that its sessions leave there. */
  readonly memory: DeviceMemory;
}

/** What a run gives where outputs stay on the device. */
export interface KeptResults {
  /** What was fetched. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** What stays there; the caller frees it. */
  readonly kept: Readonly<Record<string, DeviceTensor>>;
}

/** A graph that can be run. */
export interface Session {
  /** Names of the inputs that the graph reads. */
  readonly inputs: readonly string[];
  /** Runs the graph: one tensor for each input, one for each output. */
  readonly run: (
    feeds: Readonly<Record<string, Feed>>,
  ) => Effect.Effect<Readonly<Record<string, Tensor>>, SessionError | OutOfMemory>;
  /** The same where some outputs stay on the device. */
  readonly runKeeping: (
    feeds: Readonly<Record<string, Feed>>,
  ) => Effect.Effect<KeptResults, SessionError | OutOfMemory>;
}

/** Loaded with the first session: programs whose sessions are in workers need it not. */
const onnxRuntime = async (): Promise<typeof Ort> => {
  await silence();
  const loaded = await import("onnxruntime-node");
  // a CommonJS module, whose exports Node gives as the default and tsx as they are
  return "default" in loaded && loaded.default ? loaded.default as typeof Ort : loaded;
};

/** What ONNX Runtime says when memory does not suffice. */
const OUT_OF_MEMORY =
  /Failed to allocate memory|bad_alloc|OUT_OF_DEVICE_MEMORY|max buffer size limit|Buffer.*is invalid due to a previous error/;

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
  const { folder, threads = 1, optimization = "all", prepack = true, device, keep = [] } = options;
  const acquire = Effect.tryPromise({
    try: async () => {
      const ort = await onnxRuntime();
      const provider = device?.provider ?? "cpu";
      const lowered = composed(graph, provider);
      const inputs = inputTypes(lowered);
      const native = await ort.InferenceSession.create(encode(lowered), {
        executionProviders: provider === "cpu" ? ["cpu"] : [provider, "cpu"],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: optimization,
        // a plan for each combination of sizes would keep memory of its own
        enableMemPattern: ![...inputs.values()].some(({ shape }) => shape.some(isOpen)),
        // its errors come back as SessionError: it is not to print them as well
        logSeverityLevel: 4,
        ...(keep.length === 0 ? {} : { preferredOutputLocation: locations(lowered, keep) }),
        extra: {
          session: {
            ...(prepack ? {} : { disable_prepacking: "1" }),
            ...(folder === undefined
              ? {}
              : { model_external_initializers_file_folder_path: folder }),
          },
        },
      });
      const fault = device === undefined ? () => undefined : feedChecks(lowered);
      return { ort, native, inputs, fault };
    },
    catch: failed("create"),
  });
  const kept = new Set(keep);
  return Effect.map(
    Effect.acquireRelease(acquire, ({ native }) => Effect.promise(() => native.release())),
    ({ ort, native, inputs, fault }) => {
      const runKeeping = (feeds: Readonly<Record<string, Feed>>) =>
        Effect.tryPromise({
          try: async (): Promise<KeptResults> => {
            const make = (type: string, data: unknown, shape: readonly number[]) =>
              new ort.Tensor(type as "float32", data as Float32Array, shape);
            const fed = toNative(make, inputs, feeds);
            const wrong = fault(feeds);
            if (wrong !== undefined) throw new Error(wrong);
            device?.memory.feed([...inputs.keys()].map((name) => feeds[name]!));
            const results = Object.entries(await native.run(fed));
            const outputs = results.flatMap(([name, result]) => {
              if (kept.has(name)) return [];
              const tensor = fromNative(result);
              return [[name, device?.memory.fetch(tensor) ?? tensor] as const];
            });
            return {
              outputs: Object.fromEntries(outputs),
              kept: Object.fromEntries(results.flatMap(([name, result]) =>
                kept.has(name) ? [[name, device!.memory.own(result)] as const] : []
              )),
            };
          },
          catch: failed("run"),
        });
      return {
        inputs: [...inputs.keys()],
        run: (feeds) => Effect.map(runKeeping(feeds), ({ outputs }) => outputs),
        runKeeping,
      };
    },
  );
}

/** Where each output of a graph is to lie. */
const locations = (graph: Graph.Graph, keep: readonly string[]) =>
  Object.fromEntries(
    Object.keys(graph.outputs).map((name) =>
      [name, keep.includes(name) ? "gpu-buffer" : "cpu"] as const
    ),
  );

/**
 * Opens a device for sessions. Disposing of a buffer ends the process once no session is left, so one is kept open beneath all others, and
 * the scope's end frees the buffers first.
 *
 * @returns the device; fails with {@linkcode SessionError} where there is no adapter
 *
 * @example
 * ```ts ignore
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { Graph, Op } from "dynamic-prompt-corruption/onnx";
 * import { Session } from "dynamic-prompt-corruption/runtime";
 *
 * export const program = Effect.gen(function* () {
 *   const device = yield* Session.openDevice("webgpu");
 *   const x = Graph.input("x", "f32", [1]);
 *   const session = yield* Session.make({ outputs: { y: Op.add(x, x) } }, { device, keep: ["y"] });
 *   const { kept } = yield* session.runKeeping({ x: { dtype: "f32", shape: [1], data: Float32Array.of(3) } });
 *   yield* session.runKeeping({ x: kept["y"]! }); // nothing is moved
 *   kept["y"]!.free();
 *   assert.equal(device.memory.moved.up, 4);
 * }).pipe(Effect.scoped);
 * ```
 */
export function openDevice(
  provider: OpenDevice["provider"],
): Effect.Effect<OpenDevice, SessionError | OutOfMemory, Scope.Scope> {
  return Effect.gen(function* () {
    const device: OpenDevice = { provider, memory: new DeviceMemory() };
    const x = Graph.input("x", "f32", [1]);
    yield* make({ outputs: { y: Op.neg(x) } }, { device });
    yield* Effect.addFinalizer(() => Effect.sync(() => device.memory.freeAll()));
    return device;
  });
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
