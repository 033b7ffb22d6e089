/**
 * The worker of ./checker.ts.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";
import type { CheckRequest } from "./checker.ts";
import { compareAnswers } from "./compare.ts";
import type { Outcome } from "./outcome.ts";
import { makeSymbolic } from "./symbolic.ts";

const symbolic = makeSymbolic();

/** An answer that the engine chokes on is undecided, as one it cannot read. */
function answer({ gold, answer }: CheckRequest): Outcome {
  try {
    return compareAnswers(gold, answer, symbolic);
  } catch {
    return "undecided";
  }
}

parentPort!.on("message", (request: CheckRequest) => parentPort!.postMessage(answer(request)));
// Warms the engine up, so that the first comparison is no slower than the others.
symbolic.sameValue("\\sqrt{2}+x", "x+\\sqrt{2}");
parentPort!.postMessage("ready");
