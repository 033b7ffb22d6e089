/**
 * The engine: batches what is asked of a model, in this process or in workers.
 *
 * @module
 */
export * from "./engine.ts";
export { openLocalEngine } from "./open.ts";
export { type EngineOptions, type ModelIdentity, type Placement, placement } from "./options.ts";
export type { Patience } from "./patience.ts";
export { openEngine } from "./pool.ts";
