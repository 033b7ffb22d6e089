/**
 * The engine: batches what is asked of a model, in this process or in workers.
 *
 * @module
 */
export {
  type Engine,
  EngineError,
  type Finish,
  type GenerateRequest,
  type Generation,
  NO_PREFIX,
  type Prefix,
  type PromptGradient,
  type PromptGradientRequest,
  type SaliencyRequest,
  type SaliencyResult,
  type Sampling,
  type TuningText,
} from "./engine.ts";
export { openLocalEngine } from "./open.ts";
export { type EngineOptions, type Placement, placement } from "./options.ts";
export { openEngine } from "./pool.ts";
