/**
 * The engine: batches what is asked of a model, in this process or in workers.
 *
 * @module
 */
export * from "./engine.ts";
export { openLocalEngine } from "./open.ts";
export { type EngineOptions, type ModelIdentity, type Placement, placement } from "./options.ts";
export { openEngine, type Patience } from "./pool.ts";
export { type PromptSizes, promptWidth } from "./cache/mod.ts";
