/** Does what the tests of guard() ask for. */
import { answerCalls } from "../../lib/runtime/answer_calls.ts";

answerCalls((request: { readonly what: string; readonly of?: unknown }): unknown => {
  switch (request.what) {
    case "loop":
      for (let i = 0;; i++) if (i < 0) return i;
    case "search":
      return /^(a+)+$/.test("a".repeat(50) + "!");
    case "fill": {
      const all: number[][] = [];
      for (;;) all.push(new Array(1000).fill(0));
    }
    case "starve": {
      // as on a processor that others have nearly all the time
      const end = performance.now() + 2500;
      while (performance.now() < end) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 45);
        const pause = performance.now() + 5;
        while (performance.now() < pause);
      }
      return 18;
    }
    case "throw":
      throw new Error("no");
    default:
      return request.of;
  }
});
