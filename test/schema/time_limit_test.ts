import { test } from "uvu";
import * as assert from "uvu/assert";
import { within } from "../../lib/schema/time_limit.ts";

test("within() gives what the function gives, also what it throws", () => {
  assert.is(within(1, () => 18), 18);
  assert.throws(() => within(1, () => JSON.parse("{")), /JSON/);
});

for (
  const [what, endless] of [
    ["a loop", () => {
      for (let i = 0;; i++) if (i < 0) return i;
    }],
    ["a regular expression", () => /^(a+)+$/.test("a".repeat(50) + "!")],
  ] as const
) {
  test(`within() ends ${what} that would not end`, () => {
    const start = performance.now();
    assert.throws(() => within<unknown>(0.3, endless), /^it does not end within 0.3 s$/);
    assert.ok(performance.now() - start < 20_000);
    assert.is(within(1, () => 18), 18);
  });
}

test("within() does not call a function again that was slow but ended", () => {
  let calls = 0;
  within(5, () => calls += 1);
  assert.is(calls, 1);
});

test.run();
