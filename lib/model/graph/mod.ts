/**
 * One description of the decoder as a graph, what it is fed, and the graphs made of it: prefill, decode, saliency, attention, hidden states,
 * distributions, prompt gradient.
 *
 * @module
 */
export type { MaskRow } from "./attention_mask.ts";
export { HIDDEN } from "./attention_mask.ts";
export { emptyCache, fillRow, keepOnDevice, selectRows } from "./counted.ts";
export { decoder, logits } from "./decoder.ts";
export { floatTensor, idsTensor, int64Tensor, promptFeed } from "./feeds.ts";
export {
  attention,
  distributions,
  hiddenStates,
  type LossSizes,
  nextToken,
  prefix,
  promptGradient,
  promptLoss,
  saliency,
} from "./graphs.ts";
export { PositionFeeds } from "./position_feeds.ts";
export {
  type AttentionCalibration,
  type CalibratedRow,
  calibrationFeeds,
  type SinkRule,
} from "./sink_calibration.ts";
export type { Weights } from "./weights.ts";
