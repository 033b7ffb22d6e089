/**
 * Tokenizers of local checkpoints, and the text of a generation as it grows.
 *
 * Stability: stable.
 *
 * @module
 */
export { AnswerText, type FinishedAnswer } from "./answer_text.ts";
export { hashTokenizer } from "./hash.ts";
export {
  type ChatTemplate,
  type EncodeOptions,
  load,
  type Tokenizer,
  TokenizerError,
} from "./tokenizer.ts";
