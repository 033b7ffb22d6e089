import { Either } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { conclusion, paperTable, resultsTable, strataTable } from "../../lib/terminal/mod.ts";
import * as Statistics from "../../lib/statistics/mod.ts";
import { Sample, summarise, Summary } from "../../lib/results/mod.ts";
import { decode, parseJson } from "../../lib/schema/mod.ts";
import { sample, samples } from "../report/support.ts";

/** Under the second prompt every first answer is right, and dpc corrects none. */
const second = (line: number) => {
  const { arms, ...rest } = sample(line);
  return {
    ...rest,
    id: `made-${line}@seed1`,
    prompt: "seed1",
    arms: { ...arms, pt: arms["base"]!, dpc: arms["base"]! },
  };
};

const lines = Array.from({ length: 12 }, (_, i) => i + 1);
const pooled = summarise("made", [...samples(12), ...lines.map(second)]);

test("summarise() pools prompts, and pairs arms within each stratum too", () => {
  const { pt, dpc } = pooled.arms;
  assert.is(pooled.n, 12);
  assert.equal(pooled.prompts, ["seed0", "seed1"]);
  assert.equal([pt!.correct, dpc!.correct, pt!.n], [20, 22, 24]);
  const comparison = pooled.comparisons.find(({ arm }) => arm === "dpc")!;
  assert.equal([comparison.n, comparison.seeds, comparison.difference], [12, 2, 2 / 24]);
  // of lines 3, 6, 9, 12, where the first answer is wrong, dpc mends the even ones
  const { clean, distracting } = comparison.strata["kind"]!;
  assert.equal([clean!.n, clean!.difference, distracting!.difference], [6, 2 / 12, 0]);
  const { kind } = dpc!.strata;
  assert.equal([kind!["clean"]!.correct, kind!["distracting"]!.correct], [12, 10]);
});

test("summarise() gives the accuracy under each prompt", () => {
  const { prompts } = pooled.arms.pt!;
  assert.equal(prompts, { seed0: Statistics.accuracy(8, 12), seed1: Statistics.accuracy(12, 12) });
});

test("summarise() leaves out examples that a prompt lacks, and arms that a sample lacks", () => {
  const { arms: { pt, dpc }, ...rest } = second(3);
  const summary = summarise("made", [...samples(3), second(1), { ...rest, arms: { pt, dpc } }]);
  assert.equal([summary.n, Object.keys(summary.arms)], [2, ["pt", "dpc"]]);
  assert.is(summary.arms.pt!.n, 4);
  assert.equal(summarise("made", []).arms, {});
});

test("a stratum or prompt called __proto__ gets a key that results.json can hold", () => {
  const prompt = "__proto__";
  const rows = samples(4).map((each) => ({
    ...each,
    prompt,
    strata: { kind: each.strata["kind"] === "clean" ? "__proto__" : "other" },
  }));
  const summary = summarise("made", rows);
  const bytes = new TextEncoder().encode(JSON.stringify(summary));
  const read = Either.getOrThrow(Either.flatMap(parseJson(bytes), decode(Summary)));
  assert.equal(read, JSON.parse(JSON.stringify(summary)));
  assert.is(read.arms.pt!.strata["kind"]!["(__proto__)"]!.n, 2);
  assert.equal(Object.keys(read.arms.pt!.prompts), ["(__proto__)"]);
});

test("a sample's id is that of its example and prompt", () => {
  const { id, ...rest } = sample(1);
  assert.ok(Either.isRight(decode(Sample)({ id, ...rest })));
  assert.equal(
    decode(Sample)({ ...rest, id: "made-2@seed0" }),
    Either.left("its id must be 'made-1@seed0': found 'made-2@seed0'"),
  );
});

test("summarise() does not count one example under two prompts as two", () => {
  const once = summarise("made", samples(12)).arms["base"]!;
  assert.equal(once.interval, Statistics.wilson(12, 12));
  assert.equal(pooled.arms["base"]!.interval, Statistics.wilson(12, 12));
});

test("resultsTable() and strataTable() show arms overall and by kind", () => {
  assert.is(resultsTable(pooled).split("\n").length, 2 + 3);
  const table = strataTable(pooled).split("\n");
  assert.is(table.length, 2 + 6);
  assert.match(table.find((line) => /kind clean +dpc/.test(line))!, /12 +100\.0 .* \+16\.7/);
});

test("conclusion() says what a grid without an arm dpc shows, and when no arm corrects", () => {
  const grid = (n: number, names: readonly string[]) =>
    summarise(
      "made",
      samples(n).map(({ arms, ...rest }) => ({
        ...rest,
        arms: Object.fromEntries(names.map((name) => [name, arms[name]!])),
      })),
    );
  assert.is(conclusion(grid(6, ["base", "pt"])), "No arm corrects a prompt on 6 examples.");
  assert.is(
    conclusion(grid(6, ["base", "dpc"])),
    "Nothing to compare as the run has no arm pt, on 6 examples.",
  );
  const renamed = (n: number) => {
    const { arms, comparisons, ...rest } = grid(n, ["pt", "dpc"]);
    return {
      ...rest,
      arms: { pt: arms["pt"]!, "always/mean": arms["dpc"]! },
      comparisons: comparisons.map((each) => ({ ...each, arm: "always/mean" })),
    };
  };
  const start = "Of 1 arm that corrects the prompt";
  assert.is(
    conclusion(renamed(6)),
    `${start}, none is shown to differ from pt (5 %, Holm-corrected) on 6 examples.`,
  );
  assert.is(
    conclusion(renamed(60)),
    `${start}, these differ from pt (5 %, Holm-corrected): always/mean +16.7, on 60 examples.`,
  );
});

test("conclusion() names the most accurate arm where that is not dpc", () => {
  const six = (...names: readonly string[]) =>
    samples(6).map(({ arms, ...rest }) => ({
      ...rest,
      arms: Object.fromEntries(names.map((name) => [name, arms[name]!])),
    }));
  const best = " The most accurate arm is base (100.0 %).";
  assert.ok(conclusion(summarise("made", six("base", "pt", "dpc"))).endsWith(best));
  assert.not.match(conclusion(summarise("made", six("pt", "dpc"))), /most accurate/);
});

test("strataTable() leaves strata with many values to the report", () => {
  const many = samples(12).map((each, i) => ({ ...each, strata: { level: String(i % 5) } }));
  assert.is(strataTable(summarise("made", many)), "");
});

test("paperTable() has the paper's rows, and a column for each kind", () => {
  const [titles, , ...rows] = paperTable(pooled).split("\n");
  assert.match(titles!, /^method +trigger +corrupted +clean +distracting +made$/);
  assert.equal(rows.map((row) => row.split(/ {2,}/)), [
    ["pre-trained model", "-", "-", "100.0 (+16.7)", "100.0 (+16.7)", "100.0 (+16.7)"],
    ["prompt tuning", "-", "-", "83.3", "83.3", "83.3"],
    ["DPC", "best on dev", "accumulated", "100.0 (+16.7)", "83.3 (0.0)", "91.7 (+8.3)"],
  ]);
  // ten of twenty examples won: the interval of the difference is above 0
  const sure = paperTable(summarise("made", samples(60)));
  assert.match(sure, /DPC .*\(\+16\.7\)\*/);
});

test.run();
