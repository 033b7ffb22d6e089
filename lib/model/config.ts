// TEMPORARY by the lead, to unblock the graphs: helper 4 replaces this file (same field names, please).
export interface DecoderConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly intermediateSize: number;
  readonly rmsNormEps: number;
  readonly tiedEmbeddings: boolean;
  /** bias on q, k, v */
  readonly attentionBias: boolean;
  /** bias on o_proj */
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  readonly qkNorm: boolean;
  readonly slidingWindows: readonly (number | undefined)[];
  readonly maxPositions: number;
  readonly eosIds: readonly number[];
  readonly rope: any;
}
