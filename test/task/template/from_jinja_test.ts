import { Either } from "effect";
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Example, fromJinja, gsm8k, Template, TemplateError } from "../../../lib/task/mod.ts";

interface Row {
  readonly question: string;
  readonly options: readonly string[];
  readonly rationale: string;
  readonly answer: string;
}
const { own }: {
  readonly own: {
    readonly template: string;
    readonly rows: readonly Row[];
    readonly prompts: readonly {
      readonly shots: number;
      readonly asked: number;
      readonly text: string;
    }[];
  };
} = JSON.parse(readFileSync(new URL("../../vectors/chats.json", import.meta.url), "utf8"));
const rows = own.rows.map(({ answer, ...row }, i): Example => ({
  ...row,
  id: String(i),
  gold: answer,
  strata: {},
}));
const base = gsm8k.templates[0];
const made = (source: string) => fromJinja(source, { name: "mine.jinja", base });

test("fromJinja() writes what jinja2 does, with what stands before all questions as the prefix", () => {
  const template = Either.getOrThrow(made(own.template));
  for (const { shots, asked, text } of own.prompts) {
    const prompt = Template.render(
      Template.withShots(template, rows.slice(0, shots)),
      rows[asked]!,
    );
    assert.is(prompt.prefix + prompt.text, text);
    assert.is(prompt.prefix, text.slice(0, text.lastIndexOf("[?] ") + 4));
  }
});

test("fromJinja() leaves a worked example out before its own question", () => {
  const template = Template.withShots(Either.getOrThrow(made(own.template)), rows);
  const { prefix, text } = Template.render(template, rows[0]!);
  assert.is((prefix + text).split(rows[0]!.question).length, 2);
});

test("fromJinja() refuses a text that cannot be read, never ends, or has no question", () => {
  for (
    const [source, reason] of [
      ["{% for %}", /./],
      ["Answer:", /the prompt has no question/],
      [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        /does not end/,
      ],
    ] as const
  ) {
    const error = Either.getOrThrow(Either.flip(made(source)));
    assert.instance(error, TemplateError);
    assert.is(error.template, "mine.jinja");
    assert.match(error.reason, reason);
  }
});

test.run();
