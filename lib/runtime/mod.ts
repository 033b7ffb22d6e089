/**
 * ONNX Runtime sessions as scoped resources, and the workers they run in: threads or, under Node, processes.
 *
 * Stability: experimental.
 *
 * @module
 */
export * as Session from "./session.ts";
export { OutOfMemory, SessionError } from "./session.ts";
export type { KeptResults, OpenDevice } from "./session.ts";
export type { DeviceMemory, Moved } from "./device_memory.ts";
export type { DeviceTensor, Feed, NativeTensor, Tensor, TensorData } from "./tensor.ts";
export {
  type Adapter,
  CPU,
  type Device,
  DeviceError,
  findDevice,
  listDevices,
  readDevice,
} from "./devices.ts";
export { type Failure, type KnownErrors, RequestError } from "./failure.ts";
export { answerCalls } from "./answer_calls.ts";
export { blocking, type Guard, guard, type GuardOptions } from "./guard.ts";
export { type Handler, serve } from "./serve.ts";
export { spawn, type SpawnOptions, type Worker, WorkerDied } from "./worker.ts";
