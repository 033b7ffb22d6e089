/**
 * `dpc evaluate --format lm-eval`, which reads all of a dataset once the run is done.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { dpcHere } from "../dpc_here.ts";
import { optionsOf, temporaryWorld } from "../reliability/world.ts";
import { effectTest } from "../support.ts";

/** More characters than are read of a file at a time, so that --limit ends the run's own reading before what comes behind them. */
const FAR = 300_000;

for (const more of [[], ["--skip-bad"]]) {
  test(
    `evaluate --format lm-eval ${
      more.join("")
    } ends well where a row that the run never read is bad`,
    effectTest(() =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        const folder = yield* temporaryWorld(4);
        const far = JSON.stringify({ question: "?", answer: "#### 1", note: "-".repeat(FAR) });
        yield* fs.writeFileString(`${folder}/data.jsonl`, `${far}\n{"question":"?"}\n`, {
          flag: "a",
        });
        const options = ["--limit", "2", "--format", "lm-eval", ...more];
        const { code, output, errors } = yield* dpcHere(
          "evaluate",
          ...optionsOf(folder, "run"),
          ...options,
        );
        assert.is(code, 0, errors);
        assert.match(output, /^lm-eval: .*\/run\/lm-eval\/.*results_.*\.json$/m);
        assert.not.match(output, /skipped/i);
        assert.ok(yield* fs.exists(`${folder}/run/report.html`));
      })
    ),
  );
}

test.run();
