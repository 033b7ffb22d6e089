/**
 * MATH (Hendrycks et al. 2021, arXiv 2103.03874): competition problems whose answers are LaTeX in \boxed{}. Reads the
 * original rows and those of MATH-500 (Lightman et al. 2023).
 *
 * @module
 */
import { Effect, Either, type Scope } from "effect";
import { decode, Schema } from "../schema/mod.ts";
import type { Example } from "./dataset/mod.ts";
import * as Grade from "./grade/mod.ts";
import type { Task } from "./task.ts";
import { MATH_TEMPLATES } from "./template/mod.ts";

const Row = decode(Schema.Struct({
  problem: Schema.String,
  solution: Schema.String,
  answer: Schema.optional(Schema.String),
  level: Schema.Union(Schema.Number, Schema.String),
  subject: Schema.optional(Schema.String),
  type: Schema.optional(Schema.String),
  unique_id: Schema.optional(Schema.String),
}));

/**
 * Makes the MATH task with a worker of its own for symbolic comparisons; it ends with the scope.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { makeMath } from "dynamic-prompt-corruption/task";
 *
 * export const program = Effect.gen(function* () {
 *   const { extract, grade } = yield* makeMath();
 *   const example = { id: "a", question: "Solve 2x = 1.", gold: "\\frac{1}{2}", strata: {} };
 *   const found = extract("So $x = \\boxed{0.5}$.", { example, finish: "eos" });
 *   assert.equal((yield* grade(found, example)).correct, true);
 * }).pipe(Effect.scoped);
 * ```
 */
export function makeMath(): Effect.Effect<Task, never, Scope.Scope> {
  return Effect.map(Grade.makeChecker(), (checker) => ({
    name: "math",
    files: { test: "math500/math500_test.json" },
    toExample,
    templates: MATH_TEMPLATES,
    stop: Grade.TURN_ENDS,
    maxNewTokens: 1024,
    extract: Grade.extractMath,
    grade: (extraction, example) => gradeMath(extraction, example, checker),
  }));
}

function toExample(data: unknown, fallbackId: string): Either.Either<Example, string> {
  return Either.flatMap(Row(data), (row) => {
    const gold = row.answer ?? Grade.findBoxes(row.solution).last;
    if (gold === undefined || gold.trim() === "") {
      return Either.left("at solution: must have its answer in \\boxed{}");
    }
    const level = String(row.level).replace(/^Level /, "");
    return Either.right({
      id: row.unique_id ?? fallbackId,
      question: row.problem,
      gold,
      rationale: row.solution,
      strata: { level, subject: row.subject ?? row.type ?? "unknown" },
    });
  });
}

/**
 * Strict: the same normal spelling. Correct: that, or the same by value, structure or algebra, if it does not repeat the question. MATH asks for exact answers, as do its
 * authors' and lm-evaluation-harness' graders: the decimal that the exact answer rounds to, 4.123 for the root of 17, is "rounded", not
 * correct.
 */
function gradeMath(
  extraction: Grade.Extraction,
  { gold, question }: Example,
  checker: Grade.Checker,
) {
  if (extraction.cutOff) return verdict("cut off", "extraction");
  const isList = LIST.test(question);
  const given = extraction.answer === undefined
    ? ""
    : Grade.normalise(extraction.answer, { isList });
  if (given === "") return verdict("unparsed", "extraction");
  const time = Grade.sameTime(gold, extraction.answer!);
  if (time === false) return verdict("wrong", "time");
  if (time) return verdict("correct", "time", gold === extraction.answer);
  const reference = Grade.normalise(gold, { isList });
  const answer = withoutAsked(given, reference, question);
  if (answer === reference) return verdict("correct", "spelling", given === reference);
  if (Grade.isInAskedBase(reference, answer, question)) return verdict("correct", "base");
  return Effect.flatMap(checker.compare(reference, answer), (checked) => {
    if (checked === "equal") {
      return repeatsQuestion(extraction.answer!, question)
        ? verdict("wrong", "question")
        : verdict("correct", "symbolic");
    }
    if (checked === "different") return verdict("wrong", "symbolic");
    return checked === "rounded" ? verdict("rounded", "symbolic") : verdict("unparsed", checked);
  });
}

/** A question whose answer has commas between its items. */
const LIST =
  /\b(?:separated by (?:a )?commas?|comma[- ]separated|separate (?:\w+ ){0,5}(?:with|by) commas?|using commas? to separate)\b/i;

const FORMULA = /\$([^$]+)\$|\\\[([^]+?)\\\]|\\\(([^]+?)\\\)/g;

/** An answer that is a whole formula of the question, and no number, has not been worked out: "Factor $ab+5b+2a+10$.". */
function repeatsQuestion(answer: string, question: string): boolean {
  const plain = (text: string) => text.replace(/\s|[.,]\s*$/g, "");
  const asked = Array.from(question.matchAll(FORMULA), ([, ...found]) => plain(found.join("")));
  return Grade.readExact(Grade.normalise(answer)) === undefined && asked.includes(plain(answer));
}

/** The last side of "z^3=-1" where the question asks for "z^3" and does not itself say so. */
function withoutAsked(answer: string, reference: string, question: string): string {
  const [, asked = "", value = ""] = /^([^=<>]+)=([^=<>]+)$/.exec(answer) ?? [];
  const text = question.replace(/\s/g, "");
  const isAsked = asked !== "" && !reference.includes("=") && text.includes(asked);
  return isAsked && !text.includes(answer) ? value : answer;
}

function verdict(
  kind: Grade.VerdictKind,
  by: string,
  strict = false,
): Effect.Effect<Grade.Verdict> {
  return Effect.succeed({ kind, correct: kind === "correct", strict, by });
}
