import { Either } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decode, Schema } from "../lib/schema/mod.ts";

test("decode() names the key at fault in one line", () => {
  const decoded = decode(Schema.Struct({ size: Schema.Number }))({ size: "x" });
  assert.equal(decoded, Either.left('at size: Expected number, actual "x"'));
});

test.run();
