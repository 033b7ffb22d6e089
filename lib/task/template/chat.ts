/**
 * Prompts as a checkpoint's chat template writes them; the only import of `@huggingface/jinja`.
 *
 * @module
 */
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { Data, Either } from "effect";
import { within } from "../../schema/mod.ts";
import type { Prompt } from "./template.ts";

/** A checkpoint's chat template and the special tokens that it may name. */
export interface ChatTemplate {
  /** The Jinja template. */
  readonly template: string;
  /** Text of the token that starts a text. */
  readonly bosToken: string;
  /** Text of the token that ends a turn. */
  readonly eosToken: string;
  /** Texts of other special tokens, by the names that templates know: `pad_token`, `unk_token`. */
  readonly otherTokens?: Readonly<Record<string, string>>;
}

/** A chat template that cannot be used. */
export class ChatError extends Data.TaggedError("ChatError")<{ readonly reason: string }> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot use the checkpoint's chat template: ${this.reason}`;
  }
}

/**
 * Makes a function that puts a prompt into a chat: one message of the user, and the head of the assistant's turn.
 *
 * What all prompts share is kept as the prefix as far as the template leaves the text as it is.
 *
 * @param chat the checkpoint's template
 * @param system a system message, for templates that have that role
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Either } from "effect";
 * import { inChat } from "dynamic-prompt-corruption/task";
 *
 * const template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>";
 * const toChat = Either.getOrThrow(inChat({ template, bosToken: "", eosToken: "" }));
 * const asked = toChat({ prefix: "", text: "What is 3 + 4?", addSpecialTokens: true });
 * const { prefix, text } = Either.getOrThrow(asked);
 * assert.equal(prefix + text, "<user>What is 3 + 4?<assistant>");
 * ```
 */
export function inChat(
  chat: ChatTemplate,
  system?: string,
): Either.Either<(prompt: Prompt) => Either.Either<Prompt, ChatError>, ChatError> {
  return Either.gen(function* () {
    const program = yield* attempt(() =>
      parse(tokenize(chat.template, { lstrip_blocks: true, trim_blocks: true }))
    );
    const toChat = (prompt: Prompt) =>
      attempt(() => {
        const user = { role: "user", content: prompt.prefix + prompt.text };
        const environment = makeEnvironment({
          messages: system === undefined ? [user] : [{ role: "system", content: system }, user],
          add_generation_prompt: true,
          tools: null,
          documents: null,
          ...specialTokens(chat),
        });
        const { value } = within(SECONDS, () => new Interpreter(environment).run(program));
        const whole = String(value);
        const split = findSplit(whole, prompt);
        return { prefix: whole.slice(0, split), text: whole.slice(split), addSpecialTokens: false };
      });
    // what fails on any text fails here, before a run has begun
    yield* toChat({ prefix: "", text: "What is 3 + 4?", addSpecialTokens: true });
    return toChat;
  });
}

/** Special tokens by the names that templates know; undefined where the checkpoint has none, as in transformers. */
function specialTokens({ bosToken, eosToken, otherTokens }: ChatTemplate) {
  const tokens = { ...otherTokens, bos_token: bosToken, eos_token: eosToken };
  return Object.fromEntries(Object.entries(tokens).filter(([, text]) => text !== ""));
}

/** Seconds that a template may take for one prompt. */
const SECONDS = 5;

/** The moment given to templates that print the time: a run must not depend on when it is made. */
const NOW: Readonly<Record<string, string>> = {
  "%": "%",
  a: "Fri",
  A: "Friday",
  b: "Jul",
  B: "July",
  c: "Fri Jul 26 00:00:00 2024",
  d: "26",
  D: "07/26/24",
  e: "26",
  F: "2024-07-26",
  H: "00",
  I: "12",
  j: "208",
  m: "07",
  M: "00",
  p: "AM",
  S: "00",
  T: "00:00:00",
  w: "5",
  x: "07/26/24",
  X: "00:00:00",
  y: "24",
  Y: "2024",
  Z: "",
  z: "",
};

/** A moment by Python's format; `%-d` leaves out leading zeros. */
const strftime = (format: string): string =>
  format.replace(/%(-?)([a-zA-Z%])/g, (part, bare: string, name: string) => {
    const text = NOW[name];
    if (text === undefined) return part;
    return bare === "" ? text : text.replace(/^0+(?=.)/, "");
  });

/** Numbers that a template's range() may have, as in Jinja's sandbox. */
const MOST_NUMBERS = 100_000;

function range(first: number, end?: number, step = 1): readonly number[] {
  const [from, to] = end === undefined ? [0, first] : [first, end];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= MOST_NUMBERS)) throw new Error(`range() is too big: found ${length} numbers`);
  return Array.from({ length }, (_, i) => from + i * step);
}

/** What transformers gives a chat template, beside the values. */
function makeEnvironment(values: Readonly<Record<string, unknown>>): Environment {
  const environment = new Environment();
  const globals = {
    true: true,
    True: true,
    false: false,
    False: false,
    none: null,
    None: null,
    raise_exception: (reason: string) => {
      throw new Error(reason);
    },
    strftime_now: strftime,
    // as separate arguments: an absent one must not come as null
    range: (...bounds: readonly number[]) => range(...bounds as [number]),
  };
  for (const [name, value] of Object.entries({ ...globals, ...values })) {
    environment.set(name, value);
  }
  return environment;
}

/** Where this example's own text begins in the rendered chat; 0 when the template has changed the text. */
function findSplit(whole: string, { prefix, text }: Prompt): number {
  const content = (prefix + text).trim();
  const start = whole.lastIndexOf(content);
  if (start < 0) return 0;
  const shared = prefix.trimStart().length;
  // A blank before the text belongs to the text's first token.
  return start + shared - (/ +$/.exec(whole.slice(0, start + shared))?.[0].length ?? 0);
}

function attempt<A>(run: () => A): Either.Either<A, ChatError> {
  return Either.try({
    try: run,
    catch: (error) =>
      new ChatError({
        reason: String(error instanceof Error ? error.message : error).split("\n")[0]!,
      }),
  });
}
