/**
 * ONNX Runtime sessions as scoped resources, and the workers they run in: threads or, under Node, processes.
 *
 * Stability: experimental.
 *
 * @module
 */
export * as Session from "./session.ts";
export { SessionError } from "./session.ts";
export type { Tensor, TensorData } from "./session.ts";
export { type Failure, serve } from "./serve.ts";
export { RequestError, spawn, type SpawnOptions, WorkerDied, type WorkerThread } from "./worker.ts";
