import { Effect, Either } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  aqua,
  ChatError,
  type ChatTemplate,
  drawShots,
  type Example,
  gsm8k,
  inChat,
  makeMath,
  svamp,
  Template,
  wordProblems,
} from "../../../lib/task/mod.ts";
import { load } from "../../../lib/tokenizer/mod.ts";
import { effectTest } from "../../support.ts";
import { exampleOf, fileOf, given } from "../support.ts";

const VECTORS = new URL("../../vectors/", import.meta.url).pathname;
const question: Example = {
  ...exampleOf("12", ["10", "12", "14", "16", "18"]),
  question: "A box holds 12 pears. How many pears are in it?",
};
const named = (name: string) => gsm8k.templates.find((template) => template.name === name)!;

test("render() writes lm-evaluation-harness' gsm8k prompt", () => {
  const shot = { ...exampleOf("3"), question: "One and two?", rationale: "1+2=<<1+2=3>>3\n#### 3" };
  const template = Template.withShots(named("lm-eval"), [shot, shot]);
  const { prefix, text } = Template.render(template, question);
  const written = "Question: One and two?\nAnswer: 1+2=<<1+2=3>>3\n#### 3\n\n";
  assert.is(prefix, written + written);
  assert.is(text, `Question: ${question.question}\nAnswer:`);
});

test("render() leaves a worked example out before its own question", () => {
  const shot = { ...exampleOf("3"), question: "One and two?", rationale: "1+2=3\n#### 3" };
  const own = { ...question, rationale: "12\n#### 12" };
  const template = Template.withShots(named("lm-eval"), [own, shot]);
  const { prefix } = Template.render(template, question);
  assert.is(prefix, "Question: One and two?\nAnswer: 1+2=3\n#### 3\n\n");
});

test("render() writes the embedded model's prompt: the question and a line break", () => {
  const { prefix, text } = Template.render(wordProblems.templates[0], question);
  assert.is(prefix + text, `${question.question}\n`);
});

test("render() lists AQuA's options and asks twice", () => {
  const twice = aqua.templates.find(({ name }) => name === "zero-shot-cot-2")!;
  assert.match(
    Template.render(twice, question).text,
    /\(A\) 10 \(B\) 12 .*Let's think step by step\.$/s,
  );
  const five = { ...question, options: ["10", "12", "14", "16", "18"] };
  assert.is(
    Template.cueOf(twice.secondPass!, five),
    "\nTherefore, among A through E, the answer is",
  );
});

test(
  "every template's worked examples have their gold answers by the task's own rules",
  effectTest(() =>
    Effect.gen(function* () {
      for (const task of [gsm8k, svamp, aqua, yield* makeMath()]) {
        assert.is(new Set(task.templates.map(({ name }) => name)).size, task.templates.length);
        for (const template of task.templates) {
          for (const shot of template.shots) {
            const extraction = task.extract(template.solve(shot), given(shot));
            const verdict = yield* task.grade(extraction, shot);
            assert.is(verdict.kind, "correct", `${task.name} ${template.name} ${shot.id}`);
          }
        }
      }
    })
  ),
);

test(
  "drawShots() draws by the seed and says when there are too few",
  effectTest(() =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 6 }, (_, n) =>
        JSON.stringify({ question: `${n}?`, answer: `It is ${n}.\n#### ${n}` }));
      const path = yield* fileOf("train.jsonl", rows.join("\n"));
      const draw = (seed: number, count: number) =>
        Effect.map(drawShots(gsm8k, { path, seed, count }), (shots) =>
          shots.map(({ id }) =>
            id
          ).join());
      assert.is(yield* draw(1, 3), yield* draw(1, 3));
      assert.is.not(yield* draw(1, 3), yield* draw(2, 3));
      const error = yield* Effect.flip(draw(1, 7));
      assert.match(error.message, /it has 6 examples with a rationale, and 7 shots are asked for/);
    })
  ),
);

const CHATML = {
  template:
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
  bosToken: "",
  eosToken: "<|im_end|>",
};
const TRIMMING = {
  template:
    "{{ bos_token }}{% for message in messages %}{{ '[' + message.role + ']\n\n' + message.content | trim + eos_token }}{% endfor %}{% if add_generation_prompt %}{{ '[assistant]\n\n' }}{% endif %}",
  bosToken: "<s>",
  eosToken: "</s>",
};

test("inChat() keeps what all prompts share as the prefix", () => {
  const prompt = Template.render(named("few-shot-cot"), question);
  for (const chat of [CHATML, TRIMMING]) {
    const toChat = Either.getOrThrow(inChat(chat, { system: "Be brief." }));
    const { prefix, text, addSpecialTokens } = Either.getOrThrow(toChat(prompt));
    assert.is(addSpecialTokens, false);
    assert.ok(prefix.endsWith(prompt.prefix));
    assert.match(prefix, /Be brief\./);
    assert.ok(text.startsWith(prompt.text));
    assert.match(text, /assistant.?\n+$/);
  }
});

test("inChat() puts all into the text where the template changes the message", () => {
  const chat = { ...CHATML, template: "{{ messages[0].content | upper }}" };
  const prompt = Template.render(named("zero-shot"), question);
  const rendered = Either.getOrThrow(Either.getOrThrow(inChat(chat))(prompt));
  assert.equal([rendered.prefix, rendered.text], ["", (prompt.prefix + prompt.text).toUpperCase()]);
});

test("inChat() tells templates a day that does not change", () => {
  const template = "{{ strftime_now('%d %b %Y') }}: {{ messages[0].content }}";
  const toChat = Either.getOrThrow(inChat({ ...CHATML, template }));
  const { prefix } = Either.getOrThrow(toChat(Template.render(named("zero-shot"), question)));
  assert.is(prefix, "26 Jul 2024:");
});

const rendered = (template: string, chat: Partial<ChatTemplate> = {}) =>
  Either.flatMap(
    inChat({ ...CHATML, ...chat, template }),
    (toChat) => toChat({ prefix: "", text: "Hi", addSpecialTokens: true }),
  );
const whole = (template: string, chat?: Partial<ChatTemplate>) =>
  Either.match(rendered(template, chat), {
    onLeft: ({ message }) => message,
    onRight: ({ prefix, text }) => prefix + text,
  });

test("inChat() gives templates what transformers gives them", () => {
  const tokens = { bosToken: "", otherTokens: { pad_token: "<pad>", unk_token: "<unk>" } };
  for (
    const [template, text] of [
      ["{% for i in range(3) %}{{ i }}{% endfor %}", "012"],
      ["{% for i in range(5, 1, -2) %}{{ i }}{% endfor %}", "53"],
      ["{% for i in range(messages | length) %}{{ messages[i].content }}{% endfor %}", "Hi"],
      ["{{ pad_token }}{{ unk_token }}{{ eos_token }}", `<pad><unk>${CHATML.eosToken}`],
      ["{{ bos_token is defined }} {{ sep_token is defined }}", "false false"],
      ["{{ tools is none }} {{ documents is none }} {{ add_generation_prompt }}", "true true true"],
      ["{% if tools %}with{% else %}without{% endif %}", "without"],
      [
        "{{ strftime_now('%-d.%-m.%Y %A %F %H:%M:%S %%') }}",
        "26.7.2024 Friday 2024-07-26 00:00:00 %",
      ],
      ["{{ messages[0] | tojson }}", '{"role": "user", "content": "Hi"}'],
      ["{% set ns = namespace(n=1) %}{% set ns.n = ns.n + 1 %}{{ ns.n }}", "2"],
      ["{% generation %}{{ messages[0].content }}{% endgeneration %}", "Hi"],
      ["{% for m in messages %}{% if loop.first %}{% continue %}{% endif %}x{% endfor %}", ""],
    ] as const
  ) assert.is(whole(template, tokens), text, template);
});

test("inChat() refuses a template that renders no text, in one line", () => {
  for (
    const [template, reason] of [
      ["{% for %}", /./],
      ["{{ raise_exception('no such role') }}", /no such role/],
      ["{{ range(1000000000) }}", /range\(\) is too big: found 1000000000 numbers/],
      ["{{ messages[0].content.title_of() }}", /./],
    ] as const
  ) {
    const error = Either.getOrThrow(Either.flip(inChat({ ...CHATML, template })));
    assert.instance(error, ChatError);
    assert.match(error.message, /^Cannot use the checkpoint's chat template: [^\n]+$/);
    assert.match(error.message, reason);
  }
});

test("inChat() says in one line which prompt a template refuses", () => {
  const template =
    "{% if 'Tom' in messages[0].content %}{{ raise_exception('not Tom') }}{% endif %}";
  const toChat = Either.getOrThrow(inChat({ ...CHATML, template }));
  const error = Either.getOrThrow(
    Either.flip(toChat({ prefix: "", text: "Tom", addSpecialTokens: true })),
  );
  assert.is(error.message, "Cannot use the checkpoint's chat template: not Tom");
});

for (const tokenizer of ["chatml", "llama3", "sentencepiece"]) {
  test(
    `render() splits where no token of ${tokenizer} spans`,
    effectTest(() =>
      Effect.gen(function* () {
        const { encode } = yield* load(`${VECTORS}tokenizer_${tokenizer}`);
        for (const task of [gsm8k, aqua, yield* makeMath()]) {
          for (const template of task.templates) {
            const { prefix, text } = Template.render(template, question);
            const whole = encode(prefix + text);
            const shared = encode(prefix);
            assert.equal(whole.slice(0, shared.length), shared, `${task.name} ${template.name}`);
          }
        }
      })
    ),
  );
}

test.run();
