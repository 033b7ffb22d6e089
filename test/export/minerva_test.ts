import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { exactMatch } from "../../lib/export/minerva.ts";
import { readAsSympy } from "../../lib/export/sympy_latex.ts";
import { makeChecker } from "../../lib/task/mod.ts";
import { effectTest } from "../support.ts";
import { exampleOf } from "../task/support.ts";

/** What a text says, the gold answer, what minerva_math (lm-eval 0.4.13, SymPy 1.14) finds in it, and its exact_match. */
const VECTORS:
  readonly (readonly [said: string, gold: string, answer: string, exactMatch: 0 | 1])[] = [
    ["$12$", "12", "12", 1],
    ["12", "12", "12", 1],
    ["$\\frac{1}{2}$", "\\frac12", "\\frac{1}{2}", 1],
    ["$0.5$", "\\frac{1}{2}", "0.5", 1],
    ["$x=7$", "7", "7", 1],
    ["$(2,4)$", "(2,4)", "(2,4)", 0],
    ["$\\left(2,4\\right)$", "(2,4)", "\\le(2,4\\right)", 0],
    ["$[2,5)$", "[2,5)", "[2,5)", 0],
    ["$3,\\infty$", "3,7", "3,\\iny", 0],
    ["$52_8$", "52_{8}", "52_8", 1],
    ["$52_8$", "52_7", "52_8", 1],
    ["$2\\sqrt3$", "2\\sqrt{3}", "2\\sqrt{3}", 1],
    ["$\\sqrt{12}$", "2\\sqrt{3}", "\\sqrt{12}", 1],
    ["$1,234$", "1234", "1234", 1],
    ["$1{,}234$", "1,234", "1234", 1],
    ["$12\\text{ cm}$", "12", "12", 1],
    ["$90^\\circ$", "90", "90", 1],
    ["$25\\%$", "25", "25\\%", 0],
    ["$25\\%$", "25\\%", "25\\%", 0],
    ["$\\text{even}$", "\\text{even}", "even", 1],
    ["$\\text{odd}$", "\\text{even}", "odd", 0],
    ["$x^2-1$", "(x-1)(x+1)", "x^2-1", 1],
    ["$-x+3$", "3-x", "-x+3", 1],
    ["$.5$", "0.5", ".5", 0],
    ["$2^{10}$", "1024", "2^{10}", 1],
    ["$2^10$", "1024", "2^10", 1],
    ["$x<3$", "x<3", "x<3", 0],
    ["$\\pi r^2$", "r^2\\pi", "\\pir^2", 0],
    [
      "$\\begin{pmatrix}1\\\\2\\end{pmatrix}$",
      "\\begin{pmatrix}1\\\\2\\end{pmatrix}",
      "\\begin{pmatrix}1\\\\2\\end{pmatrix}",
      0,
    ],
    ["$5\\text{ and }6$", "5,6", "56", 1],
    ["$\\{1,2\\}$", "\\{1,2\\}", "\\{1,2\\}", 0],
    ["$\\frac{3}{4}$ inches", "\\frac34", "\\frac{3}{4}", 1],
    ["$\\$12$", "12", "12", 1],
    ["$\\sin^2 x+\\cos^2 x$", "1", "\\sin^2x+\\cos^2x", 1],
    ["$10!$", "3628800", "10!", 1],
    ["$\\log_2 8$", "3", "\\log_28", 1],
    ["$3:2$", "\\frac{3}{2}", "3:2", 1],
    ["$i^2$", "-1", "i^2", 0],
    ["$6-5i$", "-5i+6", "6-5i", 1],
    ["$\\binom{5}{2}$", "10", "\\binom{5}{2}", 1],
    ["no idea", "12", "noidea", 0],
    ["$\\boxed{12}$", "12", "12", 1],
    ["$-\\frac{2}{3}$", "\\frac{-2}{3}", "-\\frac{2}{3}", 1],
    ["$0.333$", "\\frac13", "0.333", 0],
    ["$11\\sqrt2$", "11\\sqrt{2}", "11\\sqrt{2}", 1],
    ["$|{-3}|$", "3", "|{-3}|", 1],
    ["$a+b$", "b+a", "a+b", 1],
    ["$2x+1$", "2x+2", "2x+1", 0],
    ["$12$ hours", "12", "12", 1],
    ["$\\dfrac{7}{3}$", "\\frac{7}{3}", "\\dfrac{7}{3}", 1],
  ];

test(
  "exactMatch() finds and compares answers as minerva_math does",
  effectTest(() =>
    Effect.gen(function* () {
      const checker = yield* makeChecker();
      const faults: string[] = [];
      for (const [said, gold, answer, expected] of VECTORS) {
        const text =
          `We work it out.\nFinal Answer: The final answer is ${said}. I hope it is correct.`;
        const example = { ...exampleOf("0"), rationale: `so $\\boxed{${gold}}$.` };
        const found = yield* exactMatch(text, example, checker);
        assert.is(found.answer, answer, said);
        if (Number(found.right) !== expected) {
          faults.push(`${said} against ${gold}: ${found.right}`);
        }
      }
      assert.equal(faults, []);
    })
  ),
);

test(
  "exactMatch() takes a text without the final sentence for invalid",
  effectTest(() =>
    Effect.gen(function* () {
      const checker = yield* makeChecker();
      const found = yield* exactMatch("so \\boxed{12}", exampleOf("12"), checker);
      assert.equal(found, { answer: "[invalidanswer]", right: false });
    })
  ),
);

test("readAsSympy() reads as far as SymPy's grammar goes", () => {
  const latexOf = (text: string) => {
    const reading = readAsSympy(text);
    return reading.kind === "expression" ? reading.latex : reading.kind;
  };
  const cases = [
    ["3,\\infty", "3"],
    ["52_8", "52"],
    ["60,120", "60120"],
    ["1,23", "1"],
    ["5+(1,2)", "5"],
    ["4{}", "4"],
    ["(1,2)", "unreadable"],
    ["25\\%", "unreadable"],
    [".5", "unreadable"],
    ["3.", "unreadable"],
    ["(2", "unreadable"],
    ["\\begin{pmatrix}-1&0", "unreadable"],
    ["x<3", "relation"],
    ["3:2", "\\frac{3}{2}"],
    ["2^10", "{2}^{10}"],
  ] as const;
  for (const [text, expected] of cases) assert.is(latexOf(text), expected, text);
  const start = performance.now();
  for (const unit of ["(", "{", "|", "\\frac{", "-", "1,", "^{", "x(", "\\sin "]) {
    latexOf(unit.repeat(2000));
  }
  assert.ok(performance.now() - start < 5000);
});

test.run();
