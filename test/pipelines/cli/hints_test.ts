import { test } from "uvu";
import * as assert from "uvu/assert";
import { NotCalibrated } from "../../../lib/arm/mod.ts";
import { TooManyErrors } from "../../../lib/run/mod.ts";
import { ChatError, DatasetError } from "../../../lib/task/mod.ts";
import { messageOf } from "../../../pipelines/cli/hints.ts";

test("messageOf() says which option or program helps", () => {
  const what = "run the arm 'dpc'";
  const last = { id: "a@seed0", error: "it failed" };
  for (
    const [error, way] of [
      [new ChatError({ reason: "none" }), "run without --chat"],
      [new DatasetError({ path: "x", reason: "no", missing: true }), "dpc fetch"],
      [new DatasetError({ path: "x", reason: "no", line: 2 }), "--skip-bad goes on"],
      [new NotCalibrated({ what, missing: "calibration" }), "calibrate --prompt DIR` first"],
      [new NotCalibrated({ what, missing: "heads" }), "calibrate --prompt DIR --act 100`"],
      [new NotCalibrated({ what, missing: "contrast" }), "calibrate --prompt DIR --contrast 100`"],
      [
        new NotCalibrated({ what, missing: "heads of the code" }),
        "calibrate --prompt DIR --act-code 100`",
      ],
      [new TooManyErrors({ allowed: 1, last, file: "errors.jsonl" }), "--max-errors"],
    ] as const
  ) {
    const line = messageOf(error);
    assert.ok(line.startsWith(`${error.message} (`), line);
    assert.ok(line.includes(way), line);
    assert.not.match(error.message, /--[a-z]|npm run|npx/, "lib knows no option");
  }
});

test("messageOf() adds nothing where no option helps", () => {
  const unreadable = new DatasetError({ path: "x", reason: "it is not a regular file" });
  assert.is(messageOf(unreadable), unreadable.message);
  assert.is(messageOf(new Error("no tag")), "no tag");
  assert.is(messageOf("text"), "text");
});

test.run();
