import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { extractChoice, gradeChoice, readLetter } from "../../../lib/task/grade/mod.ts";
import { exampleOf, given } from "../support.ts";

const FIVE = ["12", "10", "5", "15", "20"];
const TEN = ["3", "6", "9", "12", "15", "18", "21", "24", "27", "30"];
const TWICE = ["4", "6", "5", "5", "7"];
const PHRASES = ["It rains", "It snows", "Cannot be determined", "None of these", "It is dry"];

type Case = readonly [text: string, letter: string, options?: readonly string[]];

const KINDS: Readonly<Record<string, readonly Case[]>> = {
  "thinking is not the answer": [
    ["<think>So the answer is (A). Hmm.</think>\n\n**B**", "B"],
    ["<think>The answer is (A).", ""],
    ["The answer is (C).\n</think>", "C"],
    ["<reasoning>(A)</reasoning>\n<answer>D</answer>", "D"],
    ["[THINK]Answer: A[/THINK]Option E.", "E"],
  ],
  "the answer stated as a value": [
    ["Among A through E, the answer is 10. There are 5 ways for the first.", "B"],
    ["Thus the answer is $\\boxed{10}$. This took 5 steps.", "B"],
    ["\\boxed{20}", "E"],
    ["The answer is fifteen. I used 5 steps.", "D"],
    ["The answer is 11. There are 5 ways.", "C"],
    ["The final answer: 12\n\nThis took 5 steps.", "A"],
    ["The answer is 5C2 = 10. There are 5 ways.", "B"],
    ["The answer is $10$, as 5 are too few.", "B"],
    ["The answer is 5", "", TWICE],
    ["The answer is cannot be determined.", "C", PHRASES],
    ["The answer is that it snows.", "B", PHRASES],
    ["Ben's answer is 10. Together they get 15.", "D"],
  ],
  "one letter instead of another": [
    ["The answer is definitely not B but D.", "D"],
    ["So it is not (A), but rather option C.", "C"],
    ["The options are not A but also not B.", ""],
    ["It can only be D, as the others are too small.", "D"],
    ["A, B and C are out. It could only be E.", "E"],
  ],
  "a denied letter": [
    ["The answer cannot be B.", ""],
    ["The answer can't be (B).", ""],
    ["The answer is not B.", ""],
    ["The answer isn't B.", ""],
    ["The answer is for sure D, it can't be A or B", "D"],
    ["D. it can't be A or B", "D"],
    ["The answer is definitely (C), never A.", "C"],
    ["We rule out (A). We rule out (B).", ""],
    ["B is not correct. The answer is E.", "E"],
    ["Option A is wrong, so we choose option B.", "B"],
    ["The answer is either A or B.", ""],
    ["We do not choose A.", ""],
  ],
  "a letter chosen without 'answer'": [
    ["I think it's B", "B"],
    ["I think it's B.", "B"],
    ["So we choose option B.", "B"],
    ["The closest option is B.", "B"],
    ["A. Because B is not valid", "A"],
    ["It must be (D).", "D"],
    ["This corresponds to option C.", "C"],
    ["which matches option (E).", "E"],
    ["I would go with D.", "D"],
    ["Therefore, I pick C, since A is too small.", "C"],
    ["The best choice is **E**.", "E"],
    ["My guess is D.", "D"],
    ["B would be the correct choice.", "B"],
    ["B) 10 because (A) is too large", "B"],
    ["Therefore, the best option is C) 5", "C", TWICE],
    ["The correct option is D: 5", "D", TWICE],
    ["This leaves us with C.", "C"],
    ["A train takes 15 hours.", "D"],
    ["Answer: A train takes 15 hours.", "D"],
    ["I think I need more time.", ""],
    ["So option C it is.", "C"],
    ["A is wrong. B is wrong. So C.", "C"],
    ["Thus, C is correct.", "C"],
    ["Both A and B seem right.", ""],
    ["The answer is B and not A", "B"],
  ],
  "up to ten options": [
    ["The answer is (G).", "G", TEN],
    ["The answer is J", "J", TEN],
    ["The answer is (I).", "I", TEN],
    ["The answer is I.", "I", TEN],
    ["The answer is I think unknown", "", TEN],
    ["\\boxed{H}", "H", TEN],
    ["**F**", "F", TEN],
    ["so it is\nJ", "J", TEN],
    ["Therefore, among A through J, the answer is (h).", "H", TEN],
    ["The answer is 27. There are 9 ways.", "I", TEN],
    ["The answer is (G).", ""],
    ["The options are clear:\n\n**E. 15**", "E", TEN],
    ["K", "", TEN],
  ],
  "structured answers": [
    ['{"answer": "B", "why": "(A) is too large"}', "B"],
    ['{"why": "(A)", "answer": "(C) 5"} Thanks (D).', "C"],
    ['{"answer": 10}', "B"],
    ['{"answer": "e"}', "E"],
    ['"answer": "D"', "D"],
    ["【D】", "D"],
    ["答案：D", "D"],
    ["The answer is “E”.", "E"],
  ],
};

for (const [kind, cases] of Object.entries(KINDS)) {
  for (const [text, letter, options = FIVE] of cases) {
    test(`extractChoice(), ${kind}: ${JSON.stringify(text)} is ${letter || "none"}`, () => {
      const example = exampleOf(letter || "A", options);
      const extraction = extractChoice(text, given(example));
      assert.is(extraction.answer ?? "", letter);
      const { kind } = Effect.runSync(gradeChoice(extraction, example));
      assert.is(kind, letter === "" ? "unparsed" : "correct");
    });
  }
}

test("readLetter() reads a letter as files write it", () => {
  for (const text of ["B", "b", "(B)", "(b)", "B.", "B)", " B ", "(B) 10", "B: 10"]) {
    assert.is(readLetter(text), "B", text);
  }
  for (const text of ["", "K", "1", "Ben", "AB", "B 10 C"]) {
    assert.is(readLetter(text), undefined, text);
  }
});

test.run();
