import { Effect } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { extractNumber, gradeNumber, readNumber } from "../../../lib/task/grade/number/numeric.ts";
import { exampleOf, given } from "../support.ts";

const found = (text: string, finish: "eos" | "length" = "eos") =>
  extractNumber(text, given(exampleOf("0"), finish));

const CASES: readonly (readonly [text: string, answer: string | undefined, rule: string])[] = [
  ["#### 1,234", "1234", "####"],
  ["The total is $18.00", "18", "last number"],
  ["#### $18", "18", "####"],
  ["#### 18 dollars", "18", "####"],
  ["#### 18.", "18", "####"],
  ["#### **18**", "18", "####"],
  ["#### \\$18", "18", "####"],
  ["The answer is 42", "42", "answer is"],
  ["#### 10\n\nQuestion: x\n#### 12", "10", "####"],
  ["It is 10.\n\nQuestion: There are 3 boxes.", "10", "last number"],
  ["#### \u22127", "-7", "####"],
  ["#### -$1,234.50", "-1234.5", "####"],
  ["Answer: 72 (out of 100)", "72", "answer is"],
  ["It lies in the range 5-10", "10", "last number"],
  ["pages 5 - 10", "10", "last number"],
  ["from 5\u201310", "10", "last number"],
  ["20 -5 = 15", "15", "last number"],
  ["The answer is 5 ...", "5", "answer is"],
  ["#### 1/2", "0.5", "####"],
  ["#### 1/3", "1/3", "####"],
  ["#### 2 1/2", "2.5", "####"],
  ["#### \\frac{3}{4}", "0.75", "####"],
  ["\\boxed{\\frac34}", "0.75", "boxed"],
  ["She has 2½ cups.", "2.5", "last number"],
  ["It happened on 1/2/2020", "2020", "last number"],
  ["The rate is 25%", "25", "last number"],
  ["So the answer is \\boxed{18}. That is 3 more.", "18", "boxed"],
  ["The answer is 3 + 4 = 7", "7", "answer is"],
  ["The final answer is: $\\$24$", "24", "answer is"],
  ["The answer (arabic numerals) is 12.", "12", "answer is"],
  ["The answer, rounded to the nearest dollar, is $12.", "12", "answer is"],
  ["The first answer is 5. No, the answer is 6 because 4 is wrong.", "6", "answer is"],
  ["#### Step 1: add 3 and 4\n#### 2. Then double it\nThat gives 14", "14", "last number"],
  ["#### 10,000,000", "10000000", "####"],
  ["there are 1, 2, or 3 of them", "3", "last number"],
  ["$1{,}234$ in all", "1234", "last number"],
  ["about .75 of it", "0.75", "last number"],
  ["#### 0012.500", "12.5", "####"],
  ["<<48/2=24>>24 clips\n#### 24", "24", "####"],
  ["A: 18", "18", "answer is"],
  ["Answer: The total cost of 6 pens and 8 cups is $36.", "36", "answer is"],
  ["The answer is: Mia needs 8 more weeks to save 200 dollars.", "8", "answer is"],
  ["Answer:\nTotal = 3 boxes + 4 boxes = 7 boxes", "7", "answer is"],
  ["Answer: Mia had 10. She ate 3. Now she has 7.", "7", "last number"],
  ["He can start at 2:30 pm at the latest.", "2.5", "last number"],
  ["The answer is 5:00 p.m.", "5", "answer is"],
  ["The ratio is 3:15", "15", "last number"],
  ["So she has twelve apples left.", "12", "number word"],
  ["I do not know.", undefined, "none"],
  ["", undefined, "none"],
];

for (const [text, answer, rule] of CASES) {
  test(`extractNumber(${JSON.stringify(text)}) finds ${answer} by ${rule}`, () => {
    const extraction = found(text);
    assert.is(extraction.answer, answer);
    assert.is(extraction.rule, rule);
    assert.is(extraction.cutOff, false);
  });
}

const CONCLUSIONS: readonly (readonly [question: string, text: string, answer: string])[] = [
  ["She drinks 8 cups a day. How much in 30 days?", "She drinks 15 gallons in 30 days.", "15"],
  [
    "How many magazines in thirteen weeks? He needs 13.",
    "So there are 4 in 13 weeks.",
    "4",
  ],
  [
    "He has 7 pens and 4 caps.",
    "He is 180 - 135 = 45 miles away at the end of those 4 hours.",
    "45",
  ],
  ["How much are 8 pens?", "Answer: 8 pens will cost $12.00.", "12"],
  ["4 days of 2 hours?", "Answer: 32 ounces of water - 30 ounces used = 2 ounces left", "2"],
  ["It has 2 horns.", "Answer:\n30 slices - 15 slices = 15 slices left.", "15"],
  ["Of 5 and 7, which is larger?", "First 5 comes, and then comes 7.", "7"],
  ["Of 5 and 7, which is larger?", "The answer is 7 as 9 is not among them.", "7"],
  [
    "He plants 2 a day. How many after 15 days if 5 did not grow?",
    "Step 3: Therefore, he has 25 flowers after 15 days.",
    "25",
  ],
  [
    "He has three cats, 3 times as many dogs. How many pets?",
    "Answer: He has 3 cats, 9 dogs and 7 fish, for a total of 19 pets.",
    "19",
  ],
  ["How many in two days?", "He uses twelve masks every two days.", "12"],
  [
    "How many hours will 30 small and 15 large holes take?",
    "Answer:\nIt will take 240 minutes, or 4 hours, to dig 30 small and 15 large holes.",
    "4",
  ],
  [
    "How many of the animals are chickens?",
    "Therefore, the number of chickens is 5 and the number of cows is 15.",
    "5",
  ],
  ["How many packages of 3?", "Answer: She makes 3 packages with the 9 cupcakes she has.", "3"],
  ["How many magazines?", "Therefore, the number of magazines is 10 x 46 = 460.", "460"],
  [
    "He has 24 files and 2 apps. How many more files than apps?",
    "Answer: He has 22 files left, which is 20 more files than apps.",
    "20",
  ],
  ["How much did he pay?", "Therefore, John paid $1800 for all 4 phones.", "1800"],
  [
    "How many in all?",
    "Answer:\n\nF = 2T = 2 x 125 = 250\n\nT + F = 375\n\nSo they make 375 in all.",
    "375",
  ],
  ["Split 20 in 5 parts", "Each of the 5 parts gets 4, and 1 more goes to 5.", "5"],
];
for (const [question, text, answer] of CONCLUSIONS) {
  test(`extractNumber(${JSON.stringify(text)}) concludes ${answer} after ${JSON.stringify(question)}`, () => {
    assert.is(
      extractNumber(text, given(exampleOf("0", undefined, question))).answer,
      answer,
    );
  });
}

test("extractNumber() does not end where the question is restated", () => {
  const example = exampleOf("7", undefined, "David did 37. How many push-ups did Zachary do?");
  const text = "Given: 37\n\nQuestion: how many push-ups did Zachary do?\n\nHe did 37 - 30 = 7.";
  assert.is(extractNumber(text, given(example)).answer, "7");
});

test("extractNumber() flags a percentage and compares its number", () => {
  const extraction = found("#### 25%");
  assert.equal(extraction.flags, ["percent"]);
  assert.ok(Effect.runSync(gradeNumber(extraction, exampleOf("25"))).correct);
});

test("extractNumber() takes a number at the token limit for cut off", () => {
  assert.is(found("so #### 12", "length").cutOff, true);
  assert.is(found("so #### 12\nand", "length").cutOff, false);
  assert.is(found("first 12 and then", "length").cutOff, true);
  assert.is(found("#### 12\n\nQuestion: 13", "length").cutOff, false);
  assert.is(
    Effect.runSync(gradeNumber(found("#### 12", "length"), exampleOf("12"))).kind,
    "cut off",
  );
});

test("gradeNumber() compares exactly", () => {
  const verdict = (text: string, gold: string) =>
    Effect.runSync(gradeNumber(found(text), exampleOf(gold))).kind;
  assert.is(verdict("#### 18.0", "18"), "correct");
  assert.is(verdict("#### 1/2", "0.5"), "correct");
  assert.is(verdict("#### 0.3333333333333333", "1/3"), "wrong");
  assert.is(verdict("#### 9007199254740993", "9007199254740992"), "wrong");
  assert.is(verdict("#### 1,234", "1234"), "correct");
  assert.is(verdict("#### -5", "5"), "wrong");
  assert.is(verdict("nothing", "5"), "unparsed");
});

test("gradeNumber() is strict as lm-evaluation-harness' strict-match", () => {
  const strict = (text: string, gold: string) =>
    Effect.runSync(gradeNumber(found(text), exampleOf(gold))).strict;
  assert.is(strict("#### 1,234.", "1234"), true);
  assert.is(strict("####1234", "1234"), false);
  assert.is(strict("#### 18.0", "18"), false);
  assert.is(strict("The answer is 18", "18"), false);
});

const decimal = fc.tuple(fc.integer({ min: -9_999_999, max: 9_999_999 }), fc.nat({ max: 3 }))
  .map(([digits, places]) => ({
    plain: (digits / 10 ** places).toFixed(places),
    grouped: (digits / 10 ** places).toLocaleString("en-US", {
      minimumFractionDigits: places,
      maximumFractionDigits: places,
    }),
  }));

test("extractNumber() finds the same number however it is written", () => {
  fc.assert(fc.property(decimal, ({ plain, grouped }) => {
    const value = readNumber(plain);
    const spellings = [
      grouped,
      plain + (plain.includes(".") ? "00" : ".00"),
      grouped.replaceAll(",", "{,}"),
      `$${grouped}$`,
      `\\boxed{${grouped}}`,
      `**${plain}**`,
      plain.replace("-", "\u2212"),
      plain.startsWith("-") ? `-$${grouped.slice(1)}` : `$${grouped}`,
    ];
    for (const spelling of spellings) {
      for (
        const text of [`#### ${spelling}`, `The answer is ${spelling}.`, `so ${spelling} in all`]
      ) {
        const answer = found(text).answer;
        assert.equal(answer === undefined ? answer : readNumber(answer), value, text);
      }
    }
  }));
});

test("readNumber() reads nothing but whole numbers, fractions and decimals", () => {
  for (const text of ["", "5 apples", "1 2", "x", "1/0", "--5", "1e", "9".repeat(2000)]) {
    assert.is(readNumber(text), undefined, text.slice(0, 20));
  }
});

test.run();
