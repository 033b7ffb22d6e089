/**
 * The thread of ./guarded.ts.
 *
 * @module
 */
import { answerCalls } from "../runtime/mod.ts";
import type { TokenizerRequest, TokenizerResponse } from "./guarded.ts";
import { makeNative, type NativeTokenizer } from "./native.ts";

/** Tokenizers kept at a time; one that comes back after that is sent again. */
const KEPT = 4;

const kept = new Map<number, NativeTokenizer>();

answerCalls<TokenizerRequest, TokenizerResponse>((request) => {
  const { key } = request;
  if ("json" in request) {
    const made = makeNative(request.json);
    for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size + 1 - KEPT))) {
      kept.delete(oldest);
    }
    kept.set(key, made);
    return made.vocabSize;
  }
  const tokenizer = kept.get(key);
  return "text" in request
    ? tokenizer?.encode(request.text, request.addSpecialTokens)
    : tokenizer?.decode(request.ids);
});
