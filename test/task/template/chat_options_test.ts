import { Either } from "effect";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ChatError, type ChatOptions, inChat } from "../../../lib/task/mod.ts";

interface Chats {
  readonly templates: Readonly<Record<string, string>>;
  readonly shots: readonly { readonly question: string; readonly solution: string }[];
  readonly prefix: string;
  readonly asked: string;
  readonly chats: readonly {
    readonly template: string;
    readonly options: ChatOptions;
    readonly text: string;
  }[];
}
const { templates, shots, prefix, asked, chats }: Chats = JSON.parse(
  readFileSync(new URL("../../vectors/chats.json", import.meta.url), "utf8"),
);
const prompt = { prefix, text: asked, shots, addSpecialTokens: true };
const tokens = { bosToken: "<s>", eosToken: "</s>" };

test("inChat() writes system turns, worked examples as turns and arguments as transformers does", () => {
  for (const { template, options, text } of chats) {
    const chat = { ...tokens, template: templates[template]! };
    const written = Either.getOrThrowWith(
      Either.flatMap(inChat(chat, options), (write) => write(prompt)),
      (error) => error,
    );
    assert.is(written.prefix + written.text, text, `${template} ${JSON.stringify(options)}`);
    assert.ok(written.text.trimStart().startsWith(asked), "all before the question is shared");
  }
});

test("inChat() refuses what a template does not take, and arguments that would replace its own", () => {
  const template =
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}";
  const alternating = { ...tokens, template: templates["brackets"]! };
  for (
    const [chat, options, reason] of [
      [{ ...tokens, template }, { system: "Be brief." }, "no system role"],
      [alternating, { arguments: { messages: [] } }, "'messages' cannot be an argument"],
      [
        alternating,
        { arguments: { add_generation_prompt: 1 } },
        "'add_generation_prompt' cannot be an argument",
      ],
    ] as const
  ) assert.equal(Either.flip(inChat(chat, options)), Either.right(new ChatError({ reason })));
});

test.run();
