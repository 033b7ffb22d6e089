import { test } from "uvu";
import * as assert from "uvu/assert";
import { Table } from "../../lib/terminal/mod.ts";

test("render() aligns words to the left and numbers to the right, by their width on screen", () => {
  assert.is(
    Table.render(
      [{ title: "arm" }, { title: "accuracy", align: "right" }, { title: "note" }],
      [["pt", "67.6", "a\nb"], ["無腐敗", 5, null]],
    ),
    [
      "arm     accuracy  note",
      "----------------------",
      "pt          67.6  a b",
      "無腐敗         5",
    ].join("\n"),
  );
});

test("render() lets no control character of a cell or title through", () => {
  const table = Table.render([{ title: "of\u202e" }], [["\x1b]0;owned\x07 a\u009b"]]);
  assert.is(table.split("\n").at(0), "of\ufffd");
  assert.is(table.split("\n").at(-1), "\ufffd]0;owned\ufffd a\ufffd");
});

test("percent(), percentInterval(), points() and pValue() write what a table shows", () => {
  assert.equal([0, 0.6756, 1, null].map(Table.percent), ["0.0", "67.6", "100.0", "-"]);
  assert.equal([[0.65, 0.7] as const, null].map(Table.percentInterval), ["65.0 to 70.0", "-"]);
  assert.equal([0.021, -0.021, 0, -0.0001, null].map(Table.points), [
    "+2.1",
    "-2.1",
    "0.0",
    "0.0",
    "-",
  ]);
  assert.equal([1, 0.0414, 0.00099, null].map(Table.pValue), ["1.000", "0.041", "<0.001", "-"]);
});

test.run();
