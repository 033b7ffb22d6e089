/**
 * `dpc compare`: two or more runs side by side, paired where they have the same examples.
 *
 * @module
 */
import { Args, Command } from "@effect/cli";
import { Path } from "@effect/platform";
import { Console, Effect, Stream } from "effect";
import * as Output from "./cli/output.ts";
import { compareRuns, type RunArm, RunOutcomes, Sample } from "../lib/results/mod.ts";
import { Journal } from "../lib/run/mod.ts";
import { Table } from "../lib/terminal/mod.ts";

/** The command. */
export const command = Command.make(
  "compare",
  {
    directories: Args.directory({ name: "run" }).pipe(
      Args.atLeast(2),
      Args.withDescription("Run directories; all are compared with the first"),
    ),
    json: Output.json,
  },
  ({ directories, json }) =>
    Effect.gen(function* () {
      const path = yield* Path.Path;
      const runs = yield* Effect.forEach(directories, (directory) => {
        const run = new RunOutcomes(path.basename(path.resolve(directory)));
        return Effect.as(
          Stream.runForEach(
            Journal.rows(directory, Sample),
            (sample) => Effect.sync(() => run.add(sample)),
          ),
          run,
        );
      });
      const rows = compareRuns(runs);
      if (json) return yield* Console.log(JSON.stringify(rows, null, 2));
      yield* Console.log([comparisonTable(rows, runs[0]!.name), "", meaning(rows)].join("\n"));
    }),
).pipe(Command.withDescription(Output.describe(
  "Compares runs with the first of them, arm by arm, on the examples that both have.",
  [["Two runs", "npx dpc compare runs/a runs/b"]],
)));

function comparisonTable(rows: readonly RunArm[], first: string): string {
  return Table.render(
    [
      { title: "run" },
      { title: "arm" },
      { title: "n", align: "right" },
      { title: "accuracy", align: "right" },
      { title: "95 % interval" },
      { title: "in both", align: "right" },
      { title: `vs ${first}`, align: "right" },
      { title: "95 % interval" },
      { title: "p", align: "right" },
      { title: "p (Holm)", align: "right" },
    ],
    rows.map(({ run, arm, accuracy, comparison }) => [
      run,
      arm,
      accuracy.n,
      Table.percent(accuracy.accuracy),
      Table.percentInterval(accuracy.interval),
      comparison?.n ?? "-",
      Table.points(comparison?.difference ?? null),
      Table.pointsInterval(comparison?.interval ?? null),
      Table.pValue(comparison?.pValue ?? null),
      Table.pValue(comparison?.pValueHolm ?? null),
    ]),
  );
}

/** Differences that stay after Holm's correction, in a line. */
function meaning(rows: readonly RunArm[]): string {
  const compared = rows.filter(({ comparison }) => comparison !== null);
  if (compared.length === 0) {
    return "Nothing to compare: no arm has the same examples under the same number of prompts in two runs.";
  }
  const differing = compared.filter(({ comparison }) => comparison!.pValueHolm < 0.05);
  return differing.length === 0
    ? "No arm differs from that of the first run (5 %, Holm-corrected)."
    : `These differ from the first run (5 %, Holm-corrected): ${
      differing.map(({ run, arm }) => `${arm} of ${run}`).join(", ")
    }.`;
}
