/**
 * `dpc compare`: two or more runs side by side, paired where they have the same examples.
 *
 * @module
 */
import { Args } from "@effect/cli";
import { Path } from "@effect/platform";
import { Console, Effect } from "effect";
import { program } from "./cli/command.ts";
import { collectSamples, json } from "./cli/finished_run.ts";
import { compareRuns, type RunArm, RunOutcomes } from "../lib/results/mod.ts";
import { shown } from "../lib/statistics/mod.ts";
import { Table } from "../lib/terminal/mod.ts";

/** The command. */
export const command = program({
  name: "compare",
  about: "Compares runs with the first of them, arm by arm, on the examples that both have.",
  examples: { "Two runs": "npx dpc compare runs/a runs/b" },
  options: {
    directories: Args.directory({ name: "run" }).pipe(
      Args.atLeast(2),
      Args.withDescription("Run directories; all are compared with the first"),
    ),
    json,
  },
}, function* ({ directories, json }) {
  const path = yield* Path.Path;
  const runs = yield* Effect.forEach(
    directories,
    (directory) =>
      collectSamples(directory, new RunOutcomes(path.basename(path.resolve(directory)))),
  );
  const rows = compareRuns(runs);
  yield* Console.log(
    json
      ? JSON.stringify(rows, null, 2)
      : `${comparisonTable(rows, runs[0]!.name)}\n\n${meaning(rows)}`,
  );
});

function comparisonTable(rows: readonly RunArm[], first: string): string {
  const { right } = Table;
  const counts = [right("n"), right("accuracy"), "95 % interval", right("in both")];
  const comparison = [right(`vs ${first}`), "95 % interval", right("p"), right("p (Holm)")];
  return Table.render(
    ["run", "arm", ...counts, ...comparison],
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

/** Differences that are shown, in a line. */
function meaning(rows: readonly RunArm[]): string {
  const compared = rows.filter(({ comparison }) => comparison !== null);
  if (compared.length === 0) {
    return "Nothing to compare: no arm has the same examples under the same number of prompts in two runs.";
  }
  const differing = compared.flatMap(({ run, arm, comparison }) => {
    const finding = shown(comparison!.interval, comparison!.pValueHolm);
    return finding === "not shown" ? [] : `${arm} of ${run} ${finding}`;
  });
  const prompts = Math.max(...compared.map(({ comparison }) => comparison!.seeds));
  const rule = `for ${prompts === 1 ? "this prompt" : "these prompts"}, by 95 % interval and p` +
    (compared.length === 1 ? "" : `, Holm-corrected over the ${compared.length} comparisons`);
  return differing.length === 0
    ? `No arm is shown to differ from that of the first run (${rule}).`
    : `Shown to differ from the first run (${rule}): ${differing.join(", ")}.`;
}
