/**
 * `dpc analyze`: the information flow and the triggers of a run as JSON, as the report shows them.
 *
 * @module
 */
import { Args, Command } from "@effect/cli";
import { Console, Effect, Stream } from "effect";
import { describe } from "./cli/output.ts";
import { AnalysisCollector, Sample } from "../lib/results/mod.ts";
import { Journal } from "../lib/run/mod.ts";

/** The command. */
export const command = Command.make(
  "analyze",
  {
    directory: Args.directory({ name: "run" }).pipe(
      Args.withDescription("Run directory; it need not be finished"),
    ),
  },
  ({ directory }) =>
    Effect.gen(function* () {
      const collector = new AnalysisCollector();
      yield* Stream.runForEach(
        Journal.rows(directory, Sample),
        (sample) => Effect.sync(() => collector.add(sample)),
      );
      yield* Console.log(JSON.stringify(collector.finish(), null, 2));
    }),
).pipe(Command.withDescription(describe(
  "Prints, as JSON, S_pq, S_pr, S_qr and S_rr per layer for right and wrong answers, where information accumulates, the flow of " +
    "each step, ROC and precision of each trigger, and transitions.",
  [["Into a file", "npx dpc analyze runs/a > analysis.json"]],
)));
