/**
 * `npm run report`: makes report.html of a run directory, or checks that results.json follows from samples.jsonl.
 *
 * @module
 */
import { Args, Command, Options } from "@effect/cli";
import { Path } from "@effect/platform";
import { Console, Data, Effect } from "effect";
import { pathToFileURL } from "node:url";
import { main } from "./program.ts";
import { recompute, writeReport } from "../lib/report/mod.ts";

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

const reportCommand = Command.make(
  "report",
  {
    directory: Args.directory({ name: "run" }).pipe(
      Args.withDescription("Directory of a finished run"),
    ),
    recompute: Options.boolean("recompute").pipe(
      Options.withDescription(
        "Compute every number of results.json again from samples.jsonl alone and say what differs; writes nothing",
      ),
    ),
  },
  ({ directory, recompute: check }) => check ? compare(directory) : make(directory),
).pipe(Command.withDescription(
  "Makes report.html of a run directory: npm run report -- runs/NAME",
));

function make(directory: string) {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const file = yield* writeReport(directory);
    yield* Console.log(`Report: ${pathToFileURL(path.resolve(file)).href}`);
  });
}

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

main(Command.run(reportCommand, { name: "npm run report --", version: "0.1.0" }));
