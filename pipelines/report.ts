/**
 * `dpc report`: makes report.html of a run directory, or checks that results.json follows from samples.jsonl.
 *
 * @module
 */
import { Console, Data, Effect } from "effect";
import { program } from "./cli/command.ts";
import { open, showReport } from "./cli/finished_run.ts";
import * as Option from "./cli/options.ts";
import { oneOf } from "../lib/registry/mod.ts";
import { resultsTable } from "../lib/terminal/mod.ts";
import { recompute, summariseAgainst, writeReport } from "../lib/report/mod.ts";

/** results.json does not say what samples.jsonl says. */
class ResultsDiffer extends Data.TaggedError("ResultsDiffer")<{
  readonly directory: string;
  readonly differing: number;
}> {
  override get message(): string {
    return `Cannot confirm 'results.json' of '${this.directory}' as ${this.differing} ` +
      `${
        this.differing === 1 ? "value differs" : "values differ"
      } from its samples (listed above): ` +
      "run the evaluation's command again to write it anew";
  }
}

/** The command. */
export const command = program({
  name: "report",
  about: "Makes report.html of a run directory, or checks the run's numbers.",
  examples: {
    "The report, in the browser": "npx dpc report runs/a --open",
    "Every arm compared with random": "npx dpc report runs/a --against random",
    "Whether results.json says what the samples say": "npx dpc report runs/a --recompute",
  },
  options: {
    directory: Option.runDirectory("Directory of a finished run"),
    recompute: Option.flag(
      "Compute every number of results.json again from samples.jsonl alone and say what differs; writes nothing",
    ),
    against: Option.text(
      "Print the table with all arms compared with this one, not with pt; writes nothing",
    ),
    open,
  },
}, function* ({ directory, recompute: check, against: arm, open }) {
  if (check) return yield* compare(directory);
  if (arm === undefined) {
    const address = yield* showReport(yield* writeReport(directory), open);
    return yield* Console.log(`Report: ${address}`);
  }
  const summary = yield* summariseAgainst(directory, arm);
  yield* oneOf("arm", arm, Object.keys(summary.arms));
  yield* Console.log(resultsTable(summary));
});

function compare(directory: string) {
  return Effect.gen(function* () {
    const { samples, differences } = yield* recompute(directory);
    if (differences.length === 0) {
      yield* Console.log(`results.json equals what its ${samples} samples give.`);
      return;
    }
    yield* Console.log(
      differences.map(({ key, recorded, current }) =>
        `${key}: ${recorded ?? "absent"} in results.json, ${current ?? "absent"} from the samples`
      ).join("\n"),
    );
    return yield* new ResultsDiffer({ directory, differing: differences.length });
  });
}
