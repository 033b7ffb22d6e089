/**
 * `dpc analyze`: the information flow and the triggers of a run as JSON, as the report shows them.
 *
 * @module
 */
import { Console } from "effect";
import { program } from "./cli/command.ts";
import { collectSamples } from "./cli/finished_run.ts";
import { runDirectory } from "./cli/options.ts";
import { AnalysisCollector } from "../lib/results/mod.ts";

/** The command. */
export const command = program({
  name: "analyze",
  about:
    "Prints, as JSON, S_pq, S_pr, S_qr and S_rr per layer for right and wrong answers, where information accumulates, the flow of " +
    "each step, ROC and precision of each trigger, and transitions.",
  examples: { "Into a file": "npx dpc analyze runs/a > analysis.json" },
  options: {
    directory: runDirectory("Run directory; it need not be finished"),
  },
}, function* ({ directory }) {
  const collector = yield* collectSamples(directory, new AnalysisCollector());
  yield* Console.log(JSON.stringify(collector.finish(), null, 2));
});
