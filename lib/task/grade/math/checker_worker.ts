/**
 * The worker of ./checker.ts.
 *
 * @module
 */
import { Effect } from "effect";
import { serve } from "../../../runtime/mod.ts";
import type { CheckRequest } from "./checker.ts";
import { compareAnswers } from "./compare.ts";
import type { Outcome } from "./outcome.ts";
import { makeSymbolic } from "./symbolic.ts";

serve<undefined, CheckRequest, Outcome>(() =>
  Effect.sync(() => {
    const symbolic = makeSymbolic();
    // warms the engine up, so that the first comparison is no slower than the others
    symbolic.sameValue("\\sqrt{2}+x", "x+\\sqrt{2}");
    return ({ gold, answer }) =>
      // an answer that the engine chokes on is undecided, as one it cannot read
      Effect.orElseSucceed(
        Effect.try(() => compareAnswers(gold, answer, symbolic)),
        () => "undecided" as const,
      );
  })
);
