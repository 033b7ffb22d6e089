import { test } from "uvu";
import * as assert from "uvu/assert";
import { extractMath } from "../../../../lib/task/grade/math/extraction/extract.ts";
import { normalise } from "../../../../lib/task/grade/math/normalise.ts";
import { exampleOf, given } from "../../support.ts";

type Case = readonly [text: string, answer: string];

const KINDS: Readonly<Record<string, readonly Case[]>> = {
  "thinking is not the answer": [
    ["<think>\\boxed{5}?</think> The answer is $7$.", "7"],
    ["<think>\\boxed{5}", ""],
    ["\\boxed{7}\n</think>", "7"],
    ["<|begin_of_thought|>\\boxed{5}<|end_of_thought|>$x = 7$", "x=7"],
  ],
  "what the answer is said to be": [
    [
      "The answer to this question is the magnitude of the number $5-12i$ is 13.",
      "13",
    ],
    ["The answer to the question is 2. Note $5^2 = 25$.", "2"],
    ["The answer to this problem is $\\frac{1}{2}$, as $1 - \\frac12$ shows.", "\\frac{1}{2}"],
    ["The answer is therefore $\\frac{2}{5}$. (Not $1/2$.)", "\\frac{2}{5}"],
    ["The answer should be 12. We used $n = 3$.", "12"],
    ["Thus the final answer would be $12$. It needs $n = 3$.", "12"],
    ["Ben's answer is $4$. The right one is $5$", "5"],
    ["The answer is not $4$, but $5$", "5"],
    ["The answer, in simplest form, is $\\frac{3}{4}$. Note $2^2=4$.", "\\frac{3}{4}"],
    ['{"answer": "\\\\frac{3}{4}", "n": 2}', "\\frac{3}{4}"],
    ['{"answer": "$x = 2$"}', "x=2"],
    ["## Final Answer\n\n$x^2$\n\nThis took $3$ steps.", "x^2"],
    ["<answer>$12$</answer> as $n = 3$", "12"],
  ],
  "the conclusion in the last sentence": [
    [
      "We get $d = \\frac{90}{n}$. Therefore, there are 12 such sequences that meet the three conditions.",
      "12",
    ],
    ["\\[ 54 \\div 6 = 9 \\]\nTherefore, the remainder is 0.", "0"],
    ["So $n = 5$ fails. Hence there are 7 of them.", "7"],
    ["As $x > 3$. Thus the least is 4.", "4"],
    ["We have $a = 2$ and $b = 3$. So the sum is 5.", "5"],
    ["So $x = 4$. Thus $x^2 = 16$.", "x^2 = 16"],
    ["\\[ x = 3 \\]\nSo the product of all three numbers is 60.", "60"],
    ["We find $k = 4$. Therefore, she needs 12 more eggs.", "12"],
  ],
  "what is no box of the answer": [
    ["I will put it in \\boxed as asked. The answer is 7.", "7"],
    ["The final answer is \\boxed{7} (format: \\boxed{answer}).", "7"],
    ["\\boxed{your answer} is the form. So \\boxed{12}.", "12"],
    ["\\boxed{8}\n\n(The format is \\boxed{number}.)", "8"],
    ["\\boxed{12}. I wrote it in \\boxed{}.", "12"],
    ["\\boxed{12}, in the form \\boxed{...}", "12"],
    ["\\boxed{12} (as \\boxed{\\text{answer}})", "12"],
    ["put it in \\boxed{final answer here}: $5$", "5"],
    ["\\boxed 5 it is", "5"],
    ["in \\boxed notation, $x = 3$", "x = 3"],
    ["\\boxed{x}", "x"],
  ],
  "several boxes of one answer": [
    ["y_1 = \\boxed{a} \\) and \\( y_2 = \\boxed{b}", "a,b"],
    ["$x = \\boxed{2}$ or $x = \\boxed{3}$", "2,3"],
    ["$\\boxed{2}$ and $\\boxed{3}$", "2,3"],
    ["\\(x_1 = \\boxed{-1}\\), \\(x_2 = \\boxed{4}\\)", "-1,4"],
    ["$a=\\boxed{2}$, then we get $b=\\boxed{3}$", "3"],
    ["\\boxed{2}. Then \\boxed{3}", "3"],
  ],
  "other marks": [
    ["So it costs 15$", "15"],
    ["So it costs 15 $", "15"],
    ["It costs 20$", "20"],
    ["It costs 20\\$.", "20"],
    ["She pays $15$", "15"],
    ["6 + 20 = 26\n#### 26", "26"],
    ["It is $x$.\n#### \\frac{1}{2}", "\\frac{1}{2}"],
    ["\\boxed{3}\n#### 3", "3"],
    ["#### Step 1: add\n$1 + 1 = 2$", "1 + 1 = 2"],
    ["#### 1. Add\n$1 + 1 = 2$", "1 + 1 = 2"],
    ["$x = 4$\n\nProblem:\nFind $y$.", "x = 4"],
    ["$x = 4$\nQuestion: Find $y$.", "x = 4"],
  ],
};

for (const [kind, cases] of Object.entries(KINDS)) {
  for (const [text, answer] of cases) {
    test(`extractMath(), ${kind}: ${JSON.stringify(text)} is ${answer || "no answer"}`, () => {
      const found = extractMath(text, given(exampleOf("0"))).answer;
      assert.is(
        found === undefined ? "" : normalise(found),
        answer === "" ? "" : normalise(answer),
      );
    });
  }
}

test.run();
