/**
 * Prompts as a checkpoint's chat template writes them, in a thread that can be stopped.
 *
 * @module
 */
import { Data, Either } from "effect";
import { render } from "./jinja.ts";
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

/** How prompts are put into a chat. */
export interface ChatOptions {
  /** Text of the system's turn, for templates that have that role; no such turn by default. */
  readonly system?: string;
  /** Whether each worked example is a turn of the user and one of the assistant; false by default: all stand in the user's only turn. */
  readonly shotsAsTurns?: boolean;
  /** What else the template is told, by the names that it knows, such as `enable_thinking`; nothing by default. */
  readonly arguments?: Readonly<Record<string, unknown>>;
}

/** Names that no argument may have: what they mean is chosen otherwise. */
const OWN_NAMES = ["messages", "add_generation_prompt"];

/**
 * Makes a function that puts a prompt into a chat: the system's turn and those of worked examples where they are asked for, the user's turn,
 * and the head of the assistant's.
 *
 * What all prompts share is kept as the prefix as far as the template leaves the text as it is.
 *
 * @param chat the checkpoint's template
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
  options: ChatOptions = {},
): Either.Either<(prompt: Prompt) => Either.Either<Prompt, ChatError>, ChatError> {
  return Either.gen(function* () {
    const { system, shotsAsTurns = false, arguments: given = {} } = options;
    const own = OWN_NAMES.find((name) => Object.hasOwn(given, name));
    if (own !== undefined) {
      return yield* Either.left(new ChatError({ reason: `'${own}' cannot be an argument` }));
    }
    const tokens = specialTokens(chat);
    const toChat = (prompt: Prompt) =>
      attempt(() => {
        const { prefix, text } = prompt;
        const turns = shotsAsTurns ? prompt.shots : undefined;
        const asked = turns === undefined ? prompt : { ...prompt, prefix: "" };
        const messages = [
          ...(system === undefined ? [] : [{ role: "system", content: system }]),
          ...(turns ?? []).flatMap(({ question, solution }) => [
            { role: "user", content: question },
            { role: "assistant", content: solution },
          ]),
          { role: "user", content: turns === undefined ? prefix + text : text },
        ];
        const values = { tools: null, documents: null, ...tokens, ...given };
        const whole = render({
          template: chat.template,
          values: { ...values, messages, add_generation_prompt: true },
        });
        const split = findSplit(whole, asked);
        return { prefix: whole.slice(0, split), text: whole.slice(split), addSpecialTokens: false };
      });
    // what fails on any text fails here, before a run has begun
    yield* toChat({
      prefix: "",
      text: "What is 3 + 4?",
      addSpecialTokens: true,
      ...(shotsAsTurns ? { shots: [{ question: "What is 1 + 2?", solution: "3" }] } : {}),
    });
    return toChat;
  });
}

/** Special tokens by the names that templates know; undefined where the checkpoint has none, as in transformers. */
function specialTokens({ bosToken, eosToken, otherTokens }: ChatTemplate) {
  const tokens = { ...otherTokens, bos_token: bosToken, eos_token: eosToken };
  return Object.fromEntries(Object.entries(tokens).filter(([, text]) => text !== ""));
}

/** Where this example's own text begins in the rendered chat; 0 when the template has changed the text. */
function findSplit(whole: string, { prefix, text }: Prompt): number {
  const content = (prefix + text).trim();
  const start = whole.lastIndexOf(content);
  if (start < 0) return 0;
  let split = start + prefix.trimStart().length;
  // A blank before the text belongs to the text's first token.
  while (split > 0 && whole[split - 1] === " ") split -= 1;
  return split;
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
