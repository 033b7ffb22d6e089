import { test } from "uvu";
import * as assert from "uvu/assert";
import { workedSteps } from "../../../lib/task/grade/worked_steps.ts";

test("equations are worked from the inside out", () => {
  assert.is(workedSteps("X=((32.0+42.0)-35.0)", "39"), "32 + 42 = 74\n74 - 35 = 39");
  assert.is(workedSteps("( 6.0 - ( 3.0 + 2.0 ) )", "1.0"), "3 + 2 = 5\n6 - 5 = 1");
  assert.is(workedSteps("((1+2)*(7-3))", "12"), "1 + 2 = 3\n7 - 3 = 4\n3 * 4 = 12");
  assert.is(workedSteps("((3 - 5) + 9)", "7"), "3 - 5 = -2\n-2 + 9 = 7");
  assert.is(workedSteps("( 3.0 / 4.0 )", "0.75"), "3 / 4 = 0.75");
});

test("no steps where an equation cannot be worked to its answer", () => {
  for (
    const [equation, gold] of [
      ["( 6.0 - 3.0 )", "4"],
      ["( 1.0 / 3.0 )", "0.333"],
      ["( 1.0 / 0.0 )", "0"],
      ["1 + 2", "3"],
      ["7", "7"],
      ["(1 + 2", "3"],
      ["(1 ^ 2)", "1"],
      ["(1.2.3 + 2)", "3"],
      ["", ""],
      ["(".repeat(100_000), "1"],
    ] as const
  ) assert.is(workedSteps(equation, gold), undefined, equation.slice(0, 20));
});

test.run();
