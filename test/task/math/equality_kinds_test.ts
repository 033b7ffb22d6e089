import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeMath, type VerdictKind } from "../../../lib/task/mod.ts";
import { effectTest, shared } from "../../support.ts";
import { exampleOf, given } from "../support.ts";

/** An answer is compared with the gold as the question asks; "How many?" where none is named. */
type Case = readonly [gold: string, answer: string, kind: VerdictKind, question?: string];

const sharedMath = shared(test, makeMath());

const LIST = "Give all of them, separated by commas.";

const KINDS: Readonly<Record<string, readonly Case[]>> = {
  "an indexed symbol is no number": [
    [
      "G_n = \\sum_{k=0}^{n-1} G_k G_{n-k-1}",
      "G_n = \\sum_{k=0}^{n-2} G_k G_{n-k-2}",
      "wrong",
    ],
    ["a_{n+1} = a_n + a_{n-1}", "a_{n+1} = a_n + a_{n-2}", "wrong"],
    ["a_{n+1} = a_n + a_{n-1}", "a_{n+1} = a_{n-1} + a_n", "correct"],
    ["a_n = 2a_{n-1}", "a_n = 3a_{n-1}", "wrong"],
    ["x_1 + x_2", "x_2 + x_1", "correct"],
    ["x_1 + x_2", "x_1 + x_3", "wrong"],
    ["\\sum_{k=0}^{n} a_k", "\\sum_{j=0}^{n} a_j", "correct"],
    ["\\sum_{k=0}^{n} a_k", "\\sum_{k=1}^{n} a_k", "wrong"],
    ["G_n = \\sum_{k=0}^{n-1} G_k G_{n-k-1}", "G_n = \\sum_{i=0}^{n-1} G_{n-i-1} G_i", "correct"],
    ["\\sum_{k=1}^{n} k^2", "\\frac{n(n+1)(2n+1)}{6}", "correct"],
  ],
  "a sign of equality without a name": [
    ["x = 4", "= 4", "correct"],
    ["x = 4", "= 5", "wrong"],
    ["= 4", "x = 4", "correct"],
    ["4", "= 4", "correct"],
    ["x = \\frac{1}{2}", "=0.5", "correct"],
    ["x = 2, y = 3", "= 4", "wrong"],
  ],
  "a function of another name": [
    ["f(x)", "g(x)", "wrong"],
    ["f(x) = 2x", "g(x) = 2x", "wrong"],
    ["f(x) = 2x", "f(x) = x + x", "correct"],
    ["f(x) = 2x", "y = 2x", "correct"],
    ["f(2)", "g(2)", "wrong"],
    ["P(A)", "P(B)", "unparsed"],
    ["f'(x)", "f(x)", "wrong"],
    ["f^{-1}(x) = x + 1", "f(x) = x + 1", "wrong"],
  ],
  "a list asked for with commas": [
    ["60,120", "60, 120", "correct", LIST],
    ["60,120", "60^\\circ,120^\\circ", "correct", LIST],
    ["60,120", "120, 60", "correct", LIST],
    ["60,120", "60120", "wrong", LIST],
    ["1,234", "1234", "correct"],
    ["1,234", "1, 234", "wrong"],
    ["60,120,180", "180, 60, 120", "correct", "List the angles separated by commas."],
    ["1,125", "125,1", "correct", "Enter the divisors as a comma-separated list."],
    ["12,345,678", "12345678", "correct"],
    ["-100,100", "100,-100", "correct", LIST],
    ["100,200", "100200", "wrong", LIST],
  ],
  "times of the day": [
    ["9\\text{ a.m.}", "9\\text{ p.m.}", "wrong"],
    ["9\\text{ a.m.}", "9 AM", "correct"],
    ["9\\text{ a.m.}", "9:00\\text{ AM}", "correct"],
    ["\\text{3:45 p.m.}", "3:45 PM", "correct"],
    ["\\text{3:45 p.m.}", "3:45", "correct"],
    ["\\text{3:45 p.m.}", "3:45 a.m.", "wrong"],
    ["\\text{3:45 p.m.}", "15:45", "correct"],
    ["\\text{3:45 p.m.}", "3:54 p.m.", "wrong"],
    ["11:30\\text{ a.m.}", "11:30~\\mathrm{am}", "correct"],
    ["6\\!:\\!10\\text{ p.m.}", "6:10 \\text{pm}", "correct"],
    ["10:00", "10", "correct"],
    ["12\\text{ p.m.}", "12:00 PM", "correct"],
    ["12\\text{ p.m.}", "12:00 AM", "wrong"],
  ],
  "numerals of a base": [
    ["-123_5", "-123", "correct", "Write it in base 5."],
    ["-123_5", "-123", "wrong", "How many?"],
    ["10110", "10110_b", "correct", "Write it in base $b$."],
    ["10110", "10110_2", "correct", "Write 22 in base 2."],
    ["10110", "10110_{2}", "correct", "Write 22 in base $2$."],
    ["10110", "10110_3", "wrong", "Write 22 in base 2."],
    ["1112_3", "1112₃", "correct"],
    ["1112_3", "1112_{3}", "correct"],
    ["1112_3", "1112_{\\text{three}}", "correct"],
    ["1112_3", "1112_4", "wrong"],
    ["1112_3", "(1112)_3", "correct"],
    ["AB_{16}", "\\text{AB}_{16}", "correct"],
  ],
  "ratios and products of fractions": [
    ["3:1", "x = 3:1", "correct"],
    ["3:1", "AB:BC=3:1", "correct"],
    ["3:1", "6:2", "correct"],
    ["3:1", "1:3", "wrong"],
    ["3:1", "3\\!:\\!1", "correct"],
    ["3:1", "3 \\text{ to } 1", "correct"],
    ["\\frac34\\pi", "3/4\\pi", "correct"],
    ["\\frac34\\pi", "\\frac{3\\pi}{4}", "correct"],
    ["\\frac34\\pi", "3\\pi/4", "correct"],
    ["\\frac{2}{3}x", "2/3x", "correct"],
    ["\\frac{1}{2}\\sqrt{3}", "1/2\\sqrt{3}", "correct"],
    ["\\frac34\\pi", "4/3\\pi", "wrong"],
  ],
  "an equation that is whole": [
    ["11x + 6y + 86 = 0", "11x + 6y + 86 =", "unparsed"],
    ["11x + 6y + 86 = 0", "= 0", "unparsed"],
    ["11x + 6y + 86 = 0", "22x + 12y + 172 = 0", "correct"],
    ["11x + 6y + 86 = 0", "11x + 6y = -86", "correct"],
    ["x = 5", "x =", "unparsed"],
    ["f(x)=2x+3", "y=2x+3", "correct"],
    ["y=2x+3", "f(x)=2x+3", "correct"],
    ["f(x)=2x+3", "2x+3", "correct"],
    ["f(x)=2x+3", "y=2x+4", "wrong"],
    ["x=3", "y=3", "wrong"],
    ["f(x)=x^2", "f(x)=x \\cdot x", "correct"],
  ],
  "products, powers and inequalities": [
    ["2^6 \\cdot 3^5", "2^6 3^5", "correct"],
    ["2^6 \\cdot 3^5", "2^{6}3^{5}", "correct"],
    ["2^6 \\cdot 3^5", "2^6 \\times 3^5", "correct"],
    ["2^6 \\cdot 3^5", "2^5 3^6", "wrong"],
    ["1024", "2^{10}", "correct"],
    ["1024", "2^10", "correct"],
    ["x < 1", "-x > -1", "correct"],
    ["x < 1", "1 > x", "correct"],
    ["x < 1", "2x < 2", "correct"],
    ["x < 1", "-x < -1", "wrong"],
    ["x < 1", "x \\le 1", "wrong"],
    ["x \\ge -2", "-x \\le 2", "correct"],
    ["x + y < 3", "3 > y + x", "correct"],
    ["(-\\infty, 1)", "-x > -1", "correct"],
  ],
  "angles": [
    ["\\cos(x)", "\\sin(90^\\circ - x)", "correct"],
    ["\\frac12", "\\sin 30^\\circ", "correct"],
    ["\\frac12", "\\cos(60^\\circ)", "correct"],
    ["1", "\\tan 45^{\\circ}", "correct"],
    ["\\frac12", "\\sin 60^\\circ", "wrong"],
    ["\\sin 20^\\circ", "\\cos 70^\\circ", "correct"],
    ["30^\\circ", "30", "correct"],
    ["30", "30°", "correct"],
  ],
  "lists, sets and words": [
    ["(11,7),(7,11)", "(11,7)or(7,11)", "correct"],
    ["(11,7),(7,11)", "(7,11) and (11,7)", "correct"],
    ["(11,7),(7,11)", "(11,7)", "wrong"],
    ["\\emptyset", "\\varnothing", "correct"],
    ["\\emptyset", "∅", "correct"],
    ["\\emptyset", "\\{\\}", "correct"],
    ["\\emptyset", "\\text{empty set}", "correct"],
    ["\\emptyset", "\\{0\\}", "wrong"],
    ["(-\\infty,\\infty)", "\\mathbb{R}", "correct"],
    ["(-\\infty,\\infty)", "x \\in \\mathbb{R}", "correct"],
    ["(-\\infty,\\infty)", "ℝ", "correct"],
    ["(-\\infty,\\infty)", "\\text{all real numbers}", "correct"],
    ["(0,\\infty)", "\\mathbb{R}", "wrong"],
    ["\\text{Yes}", "yes", "correct"],
    ["\\text{Yes}", "YES", "correct"],
    ["\\text{Yes}", "\\text{No}", "wrong"],
    ["\\text{No}", "no.", "correct"],
    ["\\text{odd}", "Odd", "correct"],
    ["\\text{odd}", "even", "wrong"],
  ],
  "decimals of exact answers": [
    ["\\frac{\\sqrt3}{2}", "0.8660254037844386", "rounded"],
    ["\\frac{\\sqrt3}{2}", "0.866", "rounded"],
    ["\\frac1{432}", "2.3148 \\times 10^{-3}", "rounded"],
    ["\\frac1{432}", "0.0023148", "rounded"],
    ["\\frac1{432}", "2.3158 \\times 10^{-3}", "wrong"],
    ["\\sqrt{2}", "1.4142135623730951", "rounded"],
    ["\\frac{2}{3}", "0.6666666666666666", "rounded"],
    ["\\frac{2}{3}", "66.67\\%", "wrong"],
    ["\\pi", "3.141592653589793", "rounded"],
    ["\\frac{1}{7}", "1.4286e-1", "rounded"],
    ["100\\pi", "3.14159 \\times 10^2", "rounded"],
  ],
  "a value after its name": [
    ["10", "\\text{Representatives for 8th grade} = 10", "correct"],
    ["10", "\\text{Total number} = 10", "correct"],
    ["10", "\\text{Area of } ABC = 10", "correct"],
    ["\\frac{1}{3}", "P(\\text{both red}) = \\frac13", "correct"],
    ["10", "\\text{8th grade} = 11", "wrong"],
    ["12", "n(A \\cap B) = 12", "correct"],
    ["12", "n(n+1) = 12", "wrong"],
    ["5", "\\text{Answer: } 5", "correct"],
    ["13", "x^2+y^2=13", "wrong"],
  ],
};

for (const [title, cases] of Object.entries(KINDS)) {
  test(
    `grade(): ${title}`,
    effectTest(() =>
      Effect.gen(function* () {
        const math = yield* sharedMath;
        const faults: string[] = [];
        for (const [gold, answer, kind, question] of cases) {
          const example = exampleOf(gold, undefined, question);
          const extraction = math.extract(`so \\boxed{${answer}}.`, given(example));
          const verdict = yield* math.grade(extraction, example);
          if (verdict.kind !== kind) {
            faults.push(`${gold} | ${answer}: ${verdict.kind}, not ${kind} (${verdict.by})`);
          }
        }
        assert.equal(faults, []);
      })
    ),
  );
}

test(
  "grade() says the same of an answer whatever was compared before it",
  effectTest(() =>
    Effect.gen(function* () {
      const math = yield* sharedMath;
      const kind = (gold: string, answer: string) => {
        const example = exampleOf(gold);
        const extraction = math.extract(`\\boxed{${answer}}`, given(example));
        return Effect.map(math.grade(extraction, example), (verdict) => verdict.kind);
      };
      // the engine would take f, d and n for functions from here on
      for (const name of ["f", "d", "n"]) {
        yield* kind(`3${name}(2) + 1`, `${name}(2) + ${name}(3)`);
      }
      assert.is(yield* kind("52*f", "52f"), "correct");
      assert.is(yield* kind("2", "n/5 + 3/5"), "wrong");
      assert.is(yield* kind("-2", "3 - 8d"), "wrong");
    })
  ),
);

test.run();
