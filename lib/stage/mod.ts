/**
 * The records that flow through a pipeline and the stages that add to them: the heart of the toolkit.
 *
 * Stability: stable.
 *
 * @module
 */
export {
  type AdapterIdentity,
  describe as describeModel,
  inspect as inspectModel,
  layer as modelLayer,
  Model,
  type ModelDescription,
  type ModelError,
  type ModelFiles,
  type ModelOptions,
  open as openModel,
  withoutEngine,
} from "./model.ts";
export * from "./records.ts";
export * as Stage from "./stages.ts";
