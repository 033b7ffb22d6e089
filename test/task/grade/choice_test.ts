import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { extractChoice, gradeChoice } from "../../../lib/task/grade/choice.ts";
import { exampleOf, given } from "../support.ts";

const OPTIONS = ["12 km", "15", "18.5", "-3", "None of these"];
const found = (text: string, options: readonly string[] = OPTIONS) =>
  extractChoice(text, given(exampleOf("A", options)));

const CASES: readonly (readonly [text: string, letter: string | undefined, rule: string])[] = [
  ["So the answer is (B).", "B", "answer is"],
  ["The answer is B", "B", "answer is"],
  ["Answer: C", "C", "answer is"],
  ["ANSWER:D", "D", "answer is"],
  ["**Answer: (E)**", "E", "answer is"],
  ["The correct answer is **A**.", "A", "answer is"],
  ["Therefore, among A through E, the answer is D.", "D", "answer is"],
  ["The answer to this question is option (b).", "B", "answer is"],
  ["\\boxed{C}", "C", "answer is"],
  ["\\boxed{\\text{(C)}}", "C", "answer is"],
  ["The final answer is $\\boxed{\\textbf{D}}$.", "D", "answer is"],
  ["Correct option: A", "A", "answer is"],
  ["Option B is correct.", "B", "answer is"],
  ["(D) must be the right choice", "D", "answer is"],
  ["The answer is A. Wait, the answer is E.", "E", "answer is"],
  ["Answer - A", "A", "answer is"],
  ["Ans. B", "B", "answer is"],
  ["Take each answer choice: (A) can't be; (B) is not whole. So (C) it is.", "C", "answer is"],
  ["we get 5\nD", "D", "last line"],
  ["we get 5\n=> Option E.", "E", "last line"],
  ["Of these, (A) is too small and (C) fits.", "C", "(X)"],
  ["It walks 12 km.", "A", "option text"],
  ["The answer is 18.5 because 15 is too small.", "C", "answer is"],
  ["x = -3", "D", "option text"],
  ["None of these", "E", "option text"],
  ["It walks 12 km in all.\nSo the distance was (a) 12 km.", "A", "option text"],
  ["We get 18.5, so the answer is not listed among the choices.", undefined, "none"],
  ["We cannot tell whether it is -3.", undefined, "none"],
  ["It is 15. It is 15. It is 15. It", undefined, "none"],
  ["which is closest to (b) 15. However, it must be more, which is (c) 18.5.", "C", "answer is"],
  ["It walks 1/15 of it in an hour.", undefined, "none"],
  ["x = 15/60 * x = 15/60 * x = 15/60", undefined, "none"],
  ["13 - 7 = 15 + ? - 13 = 15 + ?", undefined, "none"],
  ["Is it 15?", undefined, "none"],
  ["14. Then divide by it.\n15.", undefined, "none"],
  ["3. Then divide by it.\n15.", "B", "option text"],
  ["P eats it.\nQ: 5 minutes\n\nAnswer: (B) 5", "B", "answer is"],
  ["The answer is a number", undefined, "none"],
  ["The answer is Alice", undefined, "none"],
  ["The answer is A + B", undefined, "none"],
  ["Answer Choices: A or B", undefined, "none"],
  ["It is 115.", undefined, "none"],
  ["", undefined, "none"],
];

for (const [text, letter, rule] of CASES) {
  test(`extractChoice(${JSON.stringify(text)}) finds ${letter} by ${rule}`, () => {
    const extraction = found(text);
    assert.is(extraction.answer, letter);
    assert.is(extraction.rule, rule);
  });
}

test("extractChoice() does not choose between options of the same text", () => {
  assert.is(found("so it is 15", ["15", "15", "3", "4", "5"]).answer, undefined);
});

test("extractChoice() refuses a letter that has no option", () => {
  assert.is(found("The answer is D", ["1", "2", "3"]).answer, undefined);
});

test("extractChoice() stops at the next question", () => {
  assert.is(found("The answer is (B).\n\nQ: And now?\nA: The answer is (C).").answer, "B");
});

test("extractChoice() takes a text without a stated answer at the token limit for cut off", () => {
  const cut = (text: string) =>
    extractChoice(text, given(exampleOf("A", OPTIONS), "length")).cutOff;
  assert.is(cut("Look at (A) first, which"), true);
  assert.is(cut("The answer is (A). Now"), false);
});

test("gradeChoice() compares letters", () => {
  const verdict = (text: string, gold: string) =>
    Effect.runSync(gradeChoice(found(text), exampleOf(gold))).kind;
  assert.is(verdict("The answer is B", "B"), "correct");
  assert.is(verdict("The answer is B", "C"), "wrong");
  assert.is(verdict("no idea", "C"), "unparsed");
});

test.run();
