/**
 * Prompt templates in a Jinja text of the user's own.
 *
 * @module
 */
import { Data, Either } from "effect";
import type { Example } from "../dataset/mod.ts";
import { render } from "./jinja.ts";
import type { Template } from "./template.ts";

/** A template of one's own that writes no prompt. */
export class TemplateError extends Data.TaggedError("TemplateError")<{
  readonly template: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot write a prompt by the template '${this.template}': ${this.reason}`;
  }
}

/** Two questions that begin otherwise: what is written before both stands before all. */
const PROBES = ["What is 3 + 4?", "How many are there?"].map((question): Example => ({
  id: "probe",
  question,
  gold: "1",
  options: ["1", "2"],
  strata: {},
}));

/**
 * A template of a Jinja text, which is given `question`, `options` (the texts of a multiple choice, else an empty list) and `shots`: worked
 * examples, each with `question`, `options`, `rationale` ("" where there is none), `answer` and `solution`.
 *
 * Its `ask` throws a {@linkcode TemplateError} where the text fails on an example.
 *
 * @param source the Jinja text
 * @param base gives worked solutions their form
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Either } from "effect";
 * import { fromJinja, gsm8k, Template } from "dynamic-prompt-corruption/task";
 *
 * const made = fromJinja("Solve: {{ question }}\n", { name: "mine", base: gsm8k.templates[0] });
 * const template = Either.getOrThrow(made);
 * const example = { id: "a", question: "What is 9 * 2?", gold: "18", strata: {} };
 * const { prefix, text } = Template.render(template, example);
 * assert.equal(prefix + text, "Solve: What is 9 * 2?");
 * ```
 */
export function fromJinja(
  source: string,
  { name, base }: { readonly name: string; readonly base: Template },
): Either.Either<Template, TemplateError> {
  const write = ({ question, options = [] }: Example, shots: readonly Example[]): string => {
    const values = {
      question,
      options,
      shots: shots.map((shot) => ({
        question: shot.question,
        options: shot.options ?? [],
        rationale: shot.rationale ?? "",
        answer: shot.gold,
        solution: base.solve(shot).trim(),
      })),
    };
    try {
      return render({ template: source, values });
    } catch (error) {
      const reason = String(error instanceof Error ? error.message : error).split("\n")[0]!;
      throw new TemplateError({ template: name, reason });
    }
  };
  const head = (shots: readonly Example[]): string => {
    const [one, other] = PROBES.map((probe) => write(probe, shots)) as [string, string];
    let shared = 0;
    while (shared < one.length && one[shared] === other[shared]) shared++;
    return one.slice(0, shared);
  };
  const template: Template = {
    name,
    description: "of a file",
    ask: (example) => write(example, []),
    solve: base.solve,
    shots: [],
    stop: base.stop,
    own: { source, write, head },
  };
  return Either.try({
    try: () => {
      // what fails on any question, or loses it, fails here
      for (const probe of PROBES) {
        if (!template.ask(probe).includes(probe.question)) {
          throw new TemplateError({ template: name, reason: "the prompt has no question" });
        }
      }
      return template;
    },
    catch: (error) => error as TemplateError,
  });
}
