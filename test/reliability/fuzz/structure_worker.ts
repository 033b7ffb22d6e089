/**
 * The thread of ./structure_readers.ts: reads as the library's own threads do, many inputs for one call, but for those that never end.
 *
 * @module
 */
import { Either } from "effect";
import { PCGRandom } from "effect/Utils";
import process from "node:process";
import { answerCalls } from "../../../lib/runtime/answer_calls.ts";
import { decode, parseJson } from "../../../lib/schema/mod.ts";
import { renderJinja } from "../../../lib/task/template/jinja_rendering.ts";
import { makeNative } from "../../../lib/tokenizer/native.ts";
import { TokenizerFile } from "../../../lib/tokenizer/tokenizer.ts";
import {
  type Batch,
  type BatchResult,
  isEndless,
  type Kind,
  makers,
  textsFor,
} from "./structure.ts";

const MESSAGES = [
  { role: "system", content: "Answer." },
  { role: "user", content: "How many?" },
];

/** Reads an input; throws where it can't be read. */
const READ: Readonly<Record<Kind, (input: Uint8Array) => unknown>> = {
  tokenizer: (input) => {
    const json = Either.flatMap(parseJson(input, { anyKeys: true }), decode(TokenizerFile));
    const { encode, decode: textOf } = makeNative(Either.getOrThrow(json));
    return textsFor(new PCGRandom(input.length)).map((text) => textOf(encode(text, true)));
  },
  template: (input) =>
    renderJinja({
      template: new TextDecoder().decode(input),
      values: { tools: null, bos_token: "<s>", messages: MESSAGES, add_generation_prompt: true },
    }),
};

answerCalls(({ kind, seed, from, inputs }: Batch): BatchResult => {
  let [read, slowest] = [0, 0];
  for (let at = from; at < from + inputs; at++) {
    const input = makers[kind](new PCGRandom(seed, at));
    if (isEndless(input)) continue;
    const begun = process.cpuUsage();
    try {
      READ[kind](input);
      read += 1;
    } catch (error) {
      if (!(error instanceof Error)) throw new TypeError(`input ${at} throws ${String(error)}`);
    }
    if ("polluted" in {}) throw new TypeError(`input ${at} changes Object.prototype`);
    const { user, system } = process.cpuUsage(begun);
    slowest = Math.max(slowest, (user + system) / 1e6);
  }
  return { read, slowest };
});
