import { test } from "uvu";
import * as assert from "uvu/assert";
import { ConfigurationChanged, differences } from "../../lib/eval/configuration.ts";

test("ConfigurationChanged stays readable whatever run.json holds", () => {
  const keys = Array.from({ length: 1001 }, (_, i) => [`${i}${"[".repeat(5000)}`, i]);
  const { message } = new ConfigurationChanged({
    directory: "runs/x",
    differences: differences(Object.fromEntries(keys), Object.fromEntries(keys.slice(0, 1))),
  });
  const lines = message.split("\n");
  assert.is(lines.length, 32);
  assert.is(lines.at(-1), "  and 970 more");
  assert.ok(lines.every((line) => line.length < 200));
});

test.run();
