import { test } from "uvu";
import * as assert from "uvu/assert";
import { extractMath } from "../../../../lib/task/grade/math/extraction/extract.ts";
import { exampleOf, given } from "../../support.ts";

const found = (text: string, finish: "eos" | "length" = "eos") =>
  extractMath(text, given(exampleOf("0"), finish));

const CASES: readonly (readonly [text: string, answer: string | undefined, rule: string])[] = [
  ["\\boxed{\\frac{1}{2}}.", "\\frac{1}{2}", "boxed"],
  ["\\boxed{12} .. wait, \\boxed{15}", "15", "boxed"],
  ["\\boxed{\\left\\{1,\\frac{2}{3}\\right\\}}", "\\left\\{1,\\frac{2}{3}\\right\\}", "boxed"],
  ["\\fbox{7}", "7", "boxed"],
  ["\\boxed 5 is it", "5", "boxed"],
  ["\\boxed{-2} and \\boxed{1}", "-2,1", "boxed"],
  ["\\boxed{5}, $\\boxed{5}$", "5", "boxed"],
  ["\\boxed{\\frac{1}{2}", undefined, "none"],
  ["\\boxed{3} and then \\boxed{\\frac{1", "3", "boxed"],
  [
    "Final Answer: The final answer is $\\frac{3}{4}$. I hope it is correct.",
    "\\frac{3}{4}",
    "answer is",
  ],
  ["The answer is 12 square feet.\nThanks", "12 square feet", "answer is"],
  ["Final Answer: The area of $ABC$ is 12.", "12", "answer is"],
  ["**Final Answer:** $x = 3$", "x = 3", "answer is"],
  ["so $x=1$ and $y = 2$ hold", "y = 2", "last formula"],
  ["so \\(x\\) is \\[ 7 \\]", "7", "last formula"],
  ["thus $$\\sqrt{2}$$", "\\sqrt{2}", "last formula"],
  ["it costs \\$5 or so\n17", "17", "last line"],
  ["Therefore there are 12 such numbers in all.", "12", "conclusion"],
  ["\\[ n = 9 \\]\nThus, 8th grade should have 10 of them.", "10", "conclusion"],
  ["\\[ 35 = 5 \\]\nSo there are 210 ways to pick 3 boys.", "35 = 5", "last formula"],
  ["There are 12 such numbers in all.", "12", "last line"],
  ["so if we divide, then 34/100 = 17/50.", "17/50.", "conclusion"],
  ["It is\n\\[\n\\text{ANSWER: } \\frac{23}{36}\n\\]", "\\frac{23}{36}", "answer is"],
  ["so $a^2$ and $b$. Thus, $c", undefined, "none"],
  ["Now x = $1250.\nSo 1,000,000 lire would be worth $1250.", "1250", "last line"],
  ["$340_{10} = \\boxed{466}_7$", "466_7", "boxed"],
  ["$= \\boxed{466}_{12}$", "466_{12}", "boxed"],
  ["We have \\[ x = 90 \\]\n\nSo she faces **east**.", "east", "bold"],
  ["1. **Understand the Problem:**\n\\boxed{4}", "4", "boxed"],
  ["The interest is $\\boxed{255}$. Final Answer: The final answer is $455$.", "455", "answer is"],
  ["The final answer is $\\$32,\\!348$.", "\\$32,\\!348", "answer is"],
  ["so $x = 4$.<|im_start|>user", "x = 4", "last formula"],
  ["So, 313.9 + 12.6 = 326.5.", "326.5.", "conclusion"],
  ["We have $2^n\\equiv 8$, so $a^4\\equiv 1", undefined, "none"],
  ["Thus \\(x=1\\) and \\(y", undefined, "none"],
  ["so $x = 5$ and it costs $12.50", "x = 5", "last formula"],
  ["\\boxed{1}\n\nProblem:\nNext\n\\boxed{2}", "1", "boxed"],
  ["", undefined, "none"],
];

for (const [text, answer, rule] of CASES) {
  test(`extractMath(${JSON.stringify(text)}) finds ${answer} by ${rule}`, () => {
    const extraction = found(text);
    assert.is(extraction.answer, answer);
    assert.is(extraction.rule, rule);
  });
}

test("extractMath() takes a box without an end for cut off, whatever ended the text", () => {
  assert.is(found("\\boxed{\\frac{1}{2}").cutOff, true);
  assert.is(found("\\boxed{3} or \\boxed{\\frac{1", "length").cutOff, false);
});

test("extractMath() takes a formula at the token limit for cut off", () => {
  assert.is(found("so $x = 5$, and", "length").cutOff, true);
  assert.is(found("The answer is $5$. Now", "length").cutOff, false);
});

test("extractMath() gives up on an answer of thousands of characters", () => {
  assert.is(found(`\\boxed{${"1".repeat(5000)}}`).answer, undefined);
});

test.run();
