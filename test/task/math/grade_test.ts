import { Effect } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeMath, type Task, type VerdictKind } from "../../../lib/task/mod.ts";
import { effectTest, shared } from "../../support.ts";
import { exampleOf, given } from "../support.ts";

type Case = readonly [gold: string, answer: string];

const sharedMath = shared(test, makeMath());

const STRICT: readonly Case[] = [
  ["\\frac{1}{2}", "\\dfrac12"],
  ["\\frac{1}{2}", "1/2"],
  ["\\frac{3}{7}", "\\frac 37"],
  ["11\\sqrt2", "11\\sqrt{2}"],
  ["\\frac{\\sqrt{3}}{2}", "\\frac{\\sqrt3}2"],
  [".5", "0.50"],
  ["11,\\! 111,\\! 111,\\! 100", "11111111100"],
  ["111, \\! 111, \\! 111", "111111111"],
  ["58,500", "58500"],
  ["1{,}234", "1,234"],
  ["\\text{(C)}", "C"],
  ["\\text{Evelyn}", "Evelyn"],
  ["5.4 \\text{ cents}", "5.4"],
  ["15\\mbox{ cm}^2", "15"],
  ["864 \\mbox{ inches}^2", "864 \\text{ square inches}"],
  ["\\frac{270}7\\text{ degrees}", "\\frac{270}{7}^\\circ"],
  ["90^\\circ", "90"],
  ["\\$32,\\!348", "32{,}348"],
  ["25\\%", "25"],
  ["\\left( 3, \\frac{\\pi}{2} \\right)", "(3,\\frac{\\pi}{2})"],
  ["52_8", "52_{8}"],
  ["12", "12^{\\mathrm{th}}"],
  ["x \\leq 5", "x\\le5"],
  ["2000", "2000 calories"],
  ["\\frac{20000}{\\pi}", "\\frac{20,000}{\\pi}"],
  ["10455", "€10 {, }455"],
  ["12\\pi", "12\\pi inches per second"],
  ["6\\sqrt{3}", "$6\\sqrt{3}$units"],
  ["12", "12th grade"],
  ["6", "6 Trinkets"],
  ["\\text{even}", '"even"'],
  ["\\text{ellipse}", "an ellipse"],
  ["\\text{east}", "facing east"],
  ["3:1", "3/1"],
  ["2", "\\text{two}"],
  ["1.5 \\text{ million}", "1.5 million"],
  ["\\begin{pmatrix} -6 \\\\ 6 \\end{pmatrix}", "\\begin{pmatrix}-6\\6\\end{pmatrix}"],
  ["12ab", "12 ab"],
  ["1,2", "1; 2"],
];

const SYMBOLIC: readonly Case[] = [
  ["\\frac{1}{2}", "0.5"],
  ["0.5", "\\frac{2}{4}"],
  ["x=5", "5"],
  ["5", "n \\equiv 5 \\pmod{17}"],
  ["(3,4]", "3 < \\lambda \\le 4"],
  ["5", "x = 5"],
  ["120", "5 \\times 6 \\times 4 = 120"],
  ["3\\sqrt{13}", "3*sqrt(13)"],
  ["3\\sqrt{13}", "\\sqrt{117}"],
  ["\\frac{\\sqrt{3}}{3}", "\\frac{1}{\\sqrt{3}}"],
  ["\\sqrt{2+\\sqrt{3}}", "\\frac{\\sqrt6+\\sqrt2}{2}"],
  ["\\left( 3, \\frac{\\pi}{2} \\right)", "(3, pi/2)"],
  ["3, 5, 7", "7, 3, 5"],
  ["\\{1,2\\}", "2, 1"],
  ["1,-2", "-2 \\text{ and } 1"],
  ["1 \\pm \\sqrt{19}", "1+\\sqrt{19}, 1-\\sqrt{19}"],
  ["\\{1\\pm\\sqrt{5},-2\\}", "\\{-2, 1-\\sqrt5, 1+\\sqrt5\\}"],
  [
    "\\begin{pmatrix} -1/3 \\\\ 2/3 \\end{pmatrix}",
    "\\begin{bmatrix}-\\frac13\\\\ \\frac{4}{6}\\end{bmatrix}",
  ],
  ["\\begin{pmatrix} 1 \\\\ 2 \\\\ 3 \\end{pmatrix}", "(1,2,3)"],
  ["(0,9) \\cup (9,36)", "(9,36) \\cup (0,9)"],
  ["(0,9) \\cup (9,36)", "(0, 36) \\setminus \\{9\\}"],
  ["(-\\infty, 2) \\cup (2, \\infty)", "\\mathbb{R} \\setminus \\{2\\}"],
  ["x \\in [-2,7]", "-2 \\le x \\le 7"],
  ["(-\\infty, 3)", "x < 3"],
  ["x \\leq 5", "5 \\geq x"],
  ["1\\frac{4}{5}", "\\frac{9}{5}"],
  ["137 \\frac{1}{2}", "137.5"],
  ["x^2-1", "(x-1)(x+1)"],
  ["\\frac{x+2}{7}", "\\frac{x}{7}+\\frac{2}{7}"],
  ["\\sec^2 y", "\\tan^2 y + 1"],
  ["6 - 5i", "-5i+6"],
  ["y = 2x + 3", "y - 2x = 3"],
  ["y = 2x + 3", "2x + 3 = y"],
  ["2.5 \\times 10^{3}", "2500"],
  ["\\binom{5}{2}", "10"],
  ["0", "\\sin(\\pi)"],
  ["0", "\\sqrt{2}-\\frac{2}{\\sqrt{2}}"],
  ["\\cot x", "\\frac{\\cos x}{\\sin x}"],
  ["f(x) = 3x", "3x"],
  ["\\frac{20000}{\\pi}", "\\frac{20000}{\\pi} \\approx 6366.2"],
  ["\\frac{20000}{\\pi}", "20000 / \\pi square meters"],
  ["5,000,000", "5 \\text{ million}"],
  ["3:1", "3"],
  ["\\text{(C)}", "(C) Plane"],
  ["\\text{(B)}", "\\textbf{(B)}\\ 3(1 + r/10)^x = 7"],
  ["(3,2)", "(p,q)=(3,2)"],
  ["(5, 8), (8, 5)", "(x, y) = (5, 8) \\quad \\text{and} \\quad (8, 5)"],
  ["1", "|AB|=1"],
  ["7:32", "S_{MBCN}:S=7:32"],
  ["\\frac{1}{\\sqrt{6}}", "\\frac{NO}{BO}=\\frac{1}{\\sqrt{6}}"],
  ["\\frac{\\sqrt{21}}{5}", "\\sin{T}=\\cos{R}=\\frac{ST}{RS}=\\frac{\\sqrt{21}}{5}"],
  ["65", "V = \\frac{1}{3}Bh = \\frac{1}{3}(30)(6.5)"],
  ["29", "\\text{Median} = \\frac{29 + 29}{2} = 29"],
  ["4", "a + b = -1 + 5 = 4"],
  ["x^3+3x-6", "x^3 + 3x^2 - 3x^2 + 3x - 6 = x^3 + 3x - 6"],
  ["\\frac{13}{18}", "\\frac{26}{36} or \\frac{13}{18} when simplified."],
  ["2,3", "2,3,3"],
  ["(0,1)", "0 < f(x) < 1"],
  [
    "\\begin{pmatrix} 2 & 0 \\\\ -3 & 5 \\end{pmatrix}",
    "\\mathbf{L} = \\begin{pmatrix}\n2 & 0 \\\\\n-3 & 5\n\\end{pmatrix}",
  ],
  [
    "\\begin{pmatrix} 4/5 \\\\ 3/5 \\end{pmatrix}",
    "\\frac{1}{5}\\begin{pmatrix}4 \\\\ 3\\end{pmatrix}",
  ],
  ["(4, 3)", "-\\begin{pmatrix}-4 \\\\ -3\\end{pmatrix}"],
];

const WRONG: readonly Case[] = [
  ["52", "52_8"],
  ["52_8", "52"],
  ["(1,2)", "[1,2]"],
  ["(1,2)", "(2,1)"],
  ["1,2", "(1,2)"],
  ["(3,\\infty)", "(-\\infty,3)"],
  ["\\text{Evelyn}", "Angela"],
  ["\\text{even}", "neve"],
  ["1, -2", "1"],
  ["\\frac{11+9a}{20}", "11+9a/20"],
  ["x+1", "x+2n+1"],
  ["y = 2x + 3", "y = \\frac12 x + \\frac32"],
  ["1\\frac{4}{5}", "14/5"],
  ["-3", "3"],
  ["\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "\\begin{pmatrix} 2 \\\\ 1 \\end{pmatrix}"],
  ["7 = 11a + c", "11a + c"],
  ["\\sqrt{x^2}", "x"],
  ["C", "\\text{(D)}"],
  ["12", "1,2"],
  ["3", "\\infty"],
  ["\\text{(B)}", "\\text{(C)} 7"],
  ["5", "5 \\text{ million}"],
  ["13", "x^2+y^2=13"],
  ["0", "22x - 16y + z - 7 = 0"],
  ["2,3,3", "2,3"],
  ["2,3,3", "2,2,3"],
  ["3:10", "3/10"],
  [
    "\\begin{pmatrix} 4 \\\\ 3 \\end{pmatrix}",
    "2\\begin{pmatrix}4 \\\\ 3\\end{pmatrix}",
  ],
];

const NOT_ROUNDED: readonly Case[] = [
  ["\\frac{1}{3}", "0.33"],
  ["\\frac{1}{3}", "0.334"],
  ["4", "3.999999"],
  ["-\\sqrt{17}", "4.1231"],
  ["(\\sqrt{2}, 1)", "(1.414, 2)"],
  ["\\frac{13}{204}", "0.0588"],
  ["0.03", "0.0273"],
];

const UNPARSED: readonly Case[] = [
  ["2^{100}", "2^{100}+1"],
  ["\\frac{1}{2004!}", "\\frac{1}{4004!}"],
  ["\\frac{1}{2}", "9^{9^{9^9}}"],
  ["5", "5 +"],
  ["5", "99999999!"],
  ["x+1", "\\frac{}{}"],
  ["5", "f(g(x))"],
];

const ROUNDED: readonly Case[] = [
  ["\\sqrt{2}", "1.41421356237"],
  ["\\frac{1}{3}", "0.333"],
  ["\\frac{1}{3}", "0.333333333333333"],
  ["\\sqrt{17}", "4.1231"],
  ["-\\frac{\\sqrt{3}}{3}", "-.577"],
  ["8\\pi", "25.13"],
  ["2\\sqrt{3}", "AB \\approx 3.464"],
  ["(\\sqrt{2}, 1)", "(1.414, 1)"],
  ["\\frac{8}{17}", "\\sin G \\approx 0.4706"],
];

const suites: readonly (readonly [readonly Case[], VerdictKind, boolean])[] = [
  [STRICT, "correct", true],
  [SYMBOLIC, "correct", false],
  [ROUNDED, "rounded", false],
  [[...WRONG, ...NOT_ROUNDED], "wrong", false],
  [UNPARSED, "unparsed", false],
];
for (const [cases, kind, strict] of suites) {
  test(
    `grade() says ${kind}${strict ? ", strictly" : ""}`,
    effectTest(() =>
      Effect.gen(function* () {
        const math = yield* sharedMath;
        for (const [gold, answer] of cases) {
          const example = exampleOf(gold);
          const extraction = math.extract(`so \\boxed{${answer}}.`, given(example));
          const verdict = yield* math.grade(extraction, example);
          assert.is(verdict.kind, kind, `${answer} against ${gold} by ${verdict.by}`);
          assert.is(verdict.strict, strict, `${answer} against ${gold}`);
        }
      })
    ),
  );
}

/** The verdict on a boxed answer to a question. */
const kindBy = (math: Task) => (answer: string, gold: string, question: string) => {
  const example = exampleOf(gold, undefined, question);
  return Effect.map(
    math.grade(math.extract(`\\boxed{${answer}}`, given(example)), example),
    (verdict) => verdict.kind,
  );
};

test(
  "grade() lets an answer leave out the base that its question asks for",
  effectTest(() =>
    Effect.gen(function* () {
      const kind = kindBy(yield* sharedMath);
      const asked = "Write 340 in base $7$.";
      assert.is(yield* kind("664", "664_7", asked), "correct");
      assert.is(yield* kind("664_8", "664_7", asked), "wrong");
      assert.is(yield* kind("664_7", "664", asked), "correct");
      assert.is(yield* kind("664_7", "664", "What is $664_7$ in base ten?"), "wrong");
      assert.is(yield* kind("664", "664_7", "Write 340."), "wrong");
    })
  ),
);

test(
  "grade() reads the question: what it asks for names an answer, what it gives is none",
  effectTest(() =>
    Effect.gen(function* () {
      const kind = kindBy(yield* sharedMath);
      const power = "Let $z + 1/z = 1$. Find $z^3.$";
      assert.is(yield* kind("z^3 = -1", "-1", power), "correct");
      assert.is(yield* kind("z^2 = -1", "-1", power), "wrong");
      const sum = "If $x+y=5$ and $x-y=5$, find $x$.";
      assert.is(yield* kind("x+y=5", "5", sum), "wrong");
      const factor = "Factor $ab+5b+2a+10$.";
      assert.is(yield* kind("(b+2)(a+5)", "(a+5)(b+2)", factor), "correct");
      assert.is(yield* kind("ab + 5b + 2a + 10", "(a+5)(b+2)", factor), "wrong");
      assert.is(yield* kind("0.5", "\\frac{1}{2}", "Is $x = 1/2$ or $0.5$?"), "correct");
    })
  ),
);

test(
  "grade() survives an answer that blocks the engine, and goes on",
  effectTest(() =>
    Effect.gen(function* () {
      const math = yield* sharedMath;
      const grade = (answer: string) => {
        const example = exampleOf("\\frac{1}{2}");
        return math.grade({ answer, rule: "boxed", cutOff: false, flags: [] }, example);
      };
      yield* grade("0.5");
      const start = performance.now();
      const blocked = yield* grade("\\sum_{k=1}^{99999} \\sum_{j=1}^{k} j^{9999}");
      assert.is(blocked.kind, "unparsed");
      assert.ok(performance.now() - start < 6000);
      assert.is((yield* grade("0.5")).kind, "correct");
    })
  ),
);

test(
  "grade() finds a rational number however it is written",
  effectTest(() =>
    Effect.gen(function* () {
      const math = yield* sharedMath;
      const rational = fc.tuple(
        fc.integer({ min: -500, max: 500 }),
        fc.integer({ min: 1, max: 60 }),
      );
      for (const [above, below] of fc.sample(rational, { numRuns: 40, seed: 7 })) {
        const sign = above < 0 ? "-" : "";
        const size = Math.abs(above);
        const example = exampleOf(`${sign}\\frac{${size}}{${below}}`);
        const spellings = [
          `${above}/${below}`,
          `${sign}\\dfrac{${size}}{${below}}`,
          `\\frac{${above * 3}}{${below * 3}}`,
          `$${sign}\\frac{${size}}{${below}}$`,
          `x = ${sign}\\tfrac{${size}}{${below}}`,
          `\\left(${sign}\\frac{${size}}{${below}}\\right)`,
        ];
        for (const spelling of spellings) {
          const extraction = math.extract(`It is \\boxed{${spelling}}.`, given(example));
          assert.is((yield* math.grade(extraction, example)).kind, "correct", spelling);
        }
        const other = math.extract(`\\boxed{${above + 1}/${below}}`, given(example));
        assert.is((yield* math.grade(other, example)).kind, "wrong");
      }
    })
  ),
);

test.run();
