import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ConfigurationChanged } from "../../lib/run/configuration.ts";
import { configurationHash, differences, toJson } from "../../lib/schema/mod.ts";

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

test("configurationHash() is the same where, and only where, there are no differences", () => {
  const value = fc.letrec((tie) => ({
    // few values, so that two are often alike
    leaf: fc.constantFrom<unknown>(null, true, 0, "0", Infinity, "Infinity", [], {}, ""),
    tree: fc.oneof(
      { maxDepth: 3 },
      tie("leaf"),
      fc.dictionary(fc.constantFrom("a", "b", "10", "2"), tie("tree"), { maxKeys: 3 }),
      fc.array(tie("tree"), { maxLength: 2 }),
    ),
  })).tree;
  fc.assert(
    fc.property(value, value, (one, other) => {
      const alike = differences(toJson(one), toJson(other)).length === 0;
      assert.is(configurationHash(one) === configurationHash(other), alike);
      const turned = turn(one);
      assert.is(configurationHash(turned), configurationHash(one));
    }),
    { numRuns: 2000 },
  );
});

/** The same value with the keys of its objects in the opposite order. */
function turn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turn);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).reverse().map(([key, inner]) => [key, turn(inner)]),
  );
}

test.run();
