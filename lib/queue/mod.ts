/**
 * Many machines on one run: a queue on Redis or Valkey between a coordinator, which has the run directory, and workers, which have the
 * model.
 *
 * Stability: experimental.
 *
 * @module
 */
export { type Address, type AddressOptions, parseAddress, QueueError } from "./address.ts";
export type { Logger } from "./bullmq.ts";
export { codeHash } from "./code_hash.ts";
export { coordinator, type CoordinatorOptions, WAIT_FOR_WORKERS } from "./coordinator.ts";
export type { JudgeOptions } from "./judge.ts";
export { decodeVectors, encodeVectors, type Plan, type PlannedPrompt } from "./messages.ts";
export * from "./worker.ts";
