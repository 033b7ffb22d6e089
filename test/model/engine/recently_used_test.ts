import { test } from "uvu";
import * as assert from "uvu/assert";
import { RecentlyUsed } from "../../../lib/model/engine/recently_used.ts";

test("RecentlyUsed drops what was used least recently when its room is taken", () => {
  const kept = new RecentlyUsed<string>(6, (value) => value.length);
  kept.set("a", "aaa");
  kept.set("b", "bb");
  assert.is(kept.get("a"), "aaa");
  kept.set("c", "cc");
  assert.equal(["a", "b", "c"].map((key) => kept.get(key)), ["aaa", undefined, "cc"]);
  kept.set("d", "more than all");
  assert.equal(["a", "c", "d"].map((key) => kept.get(key)), [
    undefined,
    undefined,
    "more than all",
  ]);
});

test("RecentlyUsed gives what it drops to whoever releases it", () => {
  const kept = new RecentlyUsed<number>(2);
  kept.set("a", 1);
  kept.set("b", 2);
  assert.equal(kept.makeRoom(1), [1]);
  assert.equal(kept.makeRoom(1), []);
  kept.set("c", 3);
  assert.equal(kept.makeRoom(Infinity), [2, 3]);
  assert.is(kept.get("c"), undefined);
});

test.run();
