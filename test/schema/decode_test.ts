import { Either } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decode, Schema } from "../../lib/schema/mod.ts";

test("decode() refuses arrays nested deeper than their text can be made", () => {
  const nested: unknown = JSON.parse("[".repeat(9000) + "]".repeat(9000));
  const decoded = decode(Schema.Struct({ size: Schema.Number }))({ size: nested });
  assert.equal(decoded, Either.left("does not have the expected form"));
});

test.run();
