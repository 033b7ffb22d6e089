/**
 * Runs graphs of a checkpoint, each compiled once for its sizes and kept while it is used.
 *
 * @module
 */
import { Effect, Exit, Scope } from "effect";
import {
  type ExternalLocation,
  Graph,
  simplify,
  type TensorType,
  type Value,
} from "../../onnx/mod.ts";
import { type Feed, type KeptResults, Session, type Tensor } from "../../runtime/mod.ts";
import type { EngineError } from "./engine.ts";
import { toEngineError } from "./failures.ts";
import type { Weights } from "../graph/mod.ts";
import { RecentlyUsed } from "./recently_used.ts";
import type { Files } from "../../schema/files.ts";
import { type GraphKind, type PreparedWeights, type WeightFiles } from "../weights/mod.ts";

/** How sessions are made. */
export interface GraphRunnerOptions {
  /** Intra-op threads. */
  readonly threads: number;
  /** Compiled graphs kept; the least recently used goes first. */
  readonly keep: number;
  /** The same for graphs with a gradient, which keep much memory each. */
  readonly keepGradients: number;
  /** Where they run; the CPU by default. */
  readonly device?: Session.OpenDevice | undefined;
}

/** A graph that can be compiled. */
export interface Program {
  /** Two programs with one key are the same graph. */
  readonly key: string;
  readonly build: (weights: Weights) => Graph.Graph;
  /** What it does with the weights, which decides how it reads them. */
  readonly kind: GraphKind;
  /** Outputs that stay on the device; none by default. */
  readonly keep?: readonly string[];
}

/** Runs a graph, compiling it when its key is new. */
export interface GraphRunner {
  /** Intra-op threads of its sessions. */
  readonly threads: number;
  /** Whether they run on a device, which outputs can stay on. */
  readonly onDevice: boolean;
  readonly run: (
    program: Program,
    feeds: Readonly<Record<string, Feed>>,
  ) => Effect.Effect<Readonly<Record<string, Tensor>>, EngineError>;
  /** The same, with the outputs that stay on the device, which the caller frees. */
  readonly runKeeping: (
    program: Program,
    feeds: Readonly<Record<string, Feed>>,
  ) => Effect.Effect<KeptResults, EngineError>;
}

interface Compiled {
  readonly session: Session.Session;
  readonly scope: Scope.CloseableScope;
}

/** Makes a runner whose sessions end with the scope. Calls must not overlap. */
export function makeGraphRunner(
  { files, packed, quantized = [], exact = Effect.succeed(files) }: PreparedWeights,
  options: GraphRunnerOptions,
): Effect.Effect<GraphRunner, never, Files | Scope.Scope> {
  return Effect.gen(function* () {
    const plain = new RecentlyUsed<Compiled>(options.keep);
    const gradients = new RecentlyUsed<Compiled>(options.keepGradients);
    const closeAll = (compiled: readonly Compiled[]) =>
      Effect.forEach(compiled, ({ scope }) => Scope.close(scope, Exit.void), { discard: true });
    const forgetAll = Effect.suspend(() =>
      closeAll([...plain.makeRoom(Infinity), ...gradients.makeRoom(Infinity)])
    );
    yield* Effect.addFinalizer(() => forgetAll);
    const context = yield* Effect.context<Files>();
    const compile = ({ build, kind, keep = [] }: Program) =>
      Effect.gen(function* () {
        const scope = yield* Scope.make();
        const bits = quantized.includes(kind);
        const from = bits ? files : yield* Effect.provide(exact, context);
        const session = yield* Session.make(simplify(build(weightsOf(from, bits))), {
          folder: from.folder,
          threads: options.threads,
          device: options.device,
          keep,
          prepack: packed.includes(kind),
        }).pipe(Scope.extend(scope));
        return { session, scope };
      });
    const attempt = (program: Program, feeds: Readonly<Record<string, Feed>>) =>
      Effect.gen(function* () {
        const kept = program.kind === "read" || program.kind === "decode" ? plain : gradients;
        let entry = kept.get(program.key);
        if (entry === undefined) {
          // before the next is compiled: one of a large model holds gigabytes
          yield* closeAll(kept.makeRoom(1));
          entry = yield* compile(program);
          kept.set(program.key, entry);
        }
        return yield* entry.session.runKeeping(feeds);
      });
    const runKeeping: GraphRunner["runKeeping"] = (program, feeds) =>
      attempt(program, feeds).pipe(
        // each compiled graph keeps the memory of its largest run
        Effect.catchTag(
          "OutOfMemory",
          () => Effect.zipRight(forgetAll, attempt(program, feeds)),
        ),
        Effect.mapError(toEngineError),
      );
    return {
      threads: options.threads,
      onDevice: options.device !== undefined,
      run: (program, feeds) => Effect.map(runKeeping(program, feeds), ({ outputs }) => outputs),
      runKeeping,
    };
  });
}

/** One value for each weight: a graph that reads a weight twice reads one tensor. */
function weightsOf({ locate, quantized }: WeightFiles, bits: boolean): Weights {
  const known = new Map<string, Value>();
  const read = (name: string, type: TensorType, at: ExternalLocation): Value => {
    const value = known.get(name) ?? Graph.external(name, type, at);
    known.set(name, value);
    return value;
  };
  const weights: Weights = (name, shape) => read(name, { dtype: "f32", shape }, locate(name));
  if (!bits || quantized === undefined) return weights;
  return Object.assign(weights, {
    quantized: (name: string, [rows, columns]: readonly [number, number]) => {
      const at = quantized(name);
      if (at === undefined) return undefined;
      if (at.kind === "columns") {
        const numbers = { dtype: "i8", shape: [columns, rows] } as const;
        const scales = { dtype: "f32", shape: [rows] } as const;
        return {
          kind: "columns",
          numbers: read(`${name}.numbers`, numbers, at.numbers),
          scales: read(`${name}.scales`, scales, at.scales),
        };
      }
      const { bits, block } = at;
      const blocks = columns / block;
      const numbers = { dtype: "u8", shape: [rows, blocks, block * bits / 8] } as const;
      const scales = { dtype: "f32", shape: [rows, blocks] } as const;
      return {
        kind: "blocks",
        bits,
        block,
        numbers: read(`${name}.numbers`, numbers, at.numbers),
        scales: read(`${name}.scales`, scales, at.scales),
      };
    },
  });
}
