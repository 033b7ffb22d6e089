/** The tokenizers alone: the package's main module also loads sharp, whose binary an install script would have to fetch. */
declare module "@xenova/transformers/src/tokenizers.js" {
  export type PreTrainedTokenizer = import("@xenova/transformers").PreTrainedTokenizer;
  export const PreTrainedTokenizer: typeof import("@xenova/transformers").PreTrainedTokenizer;
}
