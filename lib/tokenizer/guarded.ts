/**
 * Tokenizers whose parts could take for ever or fill the memory, in a thread that is ended then.
 *
 * @module
 */
import { guard } from "../runtime/mod.ts";
import type { TokenizerParts } from "./parts/mod.ts";
import { type NativeTokenizer, PROBE } from "./native.ts";

/** What the thread is asked; a tokenizer is sent to it once, and again after it was ended. */
export type TokenizerRequest =
  | { readonly key: number; readonly json: TokenizerParts }
  | { readonly key: number; readonly text: string; readonly addSpecialTokens: boolean }
  | { readonly key: number; readonly ids: readonly number[] };

/** The size of a vocabulary, ids, or a text; nothing where the thread does not have the tokenizer. */
export type TokenizerResponse = number | readonly number[] | string | undefined;

/** Seconds that a text may take, and making a tokenizer: the largest takes two. */
const SECONDS = 2;
const MAKING = 10;
/** MiB of the thread's heap: four times what the largest tokenizer in use takes. */
const HEAP = 1024;

const thread = guard<TokenizerRequest, TokenizerResponse>(
  new URL("./guarded_worker.ts", import.meta.url),
  { seconds: SECONDS, heap: HEAP },
);

let tokenizers = 0;

/** Makes a tokenizer in the thread; throws where it can't be made, there or in time. */
export async function makeGuarded(
  json: TokenizerParts,
  signal: AbortSignal,
): Promise<NativeTokenizer> {
  const key = tokenizers++;
  const vocabSize = await thread.callLater({ key, json }, MAKING, signal) as number;
  const probe = { key, text: PROBE, addSpecialTokens: true };
  const ids = await thread.callLater(probe, SECONDS, signal) as readonly number[];
  await thread.callLater({ key, ids }, SECONDS, signal);
  const call = (request: TokenizerRequest) => {
    const response = thread.call(request);
    if (response !== undefined) return response;
    thread.call({ key, json });
    return thread.call(request);
  };
  return {
    vocabSize,
    encode: (text, addSpecialTokens) => call({ key, text, addSpecialTokens }) as readonly number[],
    decode: (ids) => call({ key, ids }) as string,
  };
}
