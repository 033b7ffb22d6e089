/**
 * Execution providers of ONNX Runtime: what they compute wrongly or lack is composed of other operators, and what they do not check is
 * checked before a run.
 *
 * @module
 */
export { type FedTensor, feedChecks } from "./checks.ts";
export {
  composed,
  type Composition,
  type Compositions,
  compositions,
  type Provider,
} from "./composed.ts";
