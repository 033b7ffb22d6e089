import { Either } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  conclusion,
  paperTable,
  promptsTable,
  resultsTable,
  strataTable,
} from "../../lib/terminal/mod.ts";
import * as Statistics from "../../lib/statistics/mod.ts";
import {
  type Comparison,
  Sample,
  summarise,
  type SummariseOptions,
  Summary,
} from "../../lib/results/mod.ts";
import { decode, parseJson } from "../../lib/schema/mod.ts";
import { arm, sample, samples } from "../report/support.ts";

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
  assert.is(table.length, 2 + 2);
  assert.match(table[0]!, /^of +n +base +pt +dpc$/);
  assert.match(table.find((line) => /^kind clean/.test(line))!, /12 +100\.0 +83\.3 +100\.0$/);
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
  assert.is(
    conclusion(grid(6, ["base", "pt"])),
    "No arm corrects a prompt, so that the run says nothing about correcting one (6 examples).",
  );
  assert.is(
    conclusion(grid(6, ["base"])),
    "A run of base alone says nothing about correcting a prompt (6 examples).",
  );
  assert.is(
    conclusion(grid(6, ["base", "dpc"])),
    "Nothing to compare as the run has no arm pt (6 examples).",
  );
  const renamed = (n: number) => {
    const { arms, comparisons, ...rest } = grid(n, ["pt", "dpc"]);
    return {
      ...rest,
      arms: { pt: arms["pt"]!, "always/mean": arms["dpc"]! },
      comparisons: comparisons.map((each) => ({ ...each, arm: "always/mean" })),
    };
  };
  const start = "Of 1 arm that corrects the prompt,";
  assert.is(
    conclusion(renamed(6)),
    `${start} none is shown to differ from pt by 95 % interval and p (6 examples).`,
  );
  assert.is(
    conclusion(renamed(60)),
    `${start} these differ from pt by 95 % interval and p: always/mean +16.7 (60 examples).`,
  );
});

test("conclusion() names the arm of the highest accuracy where that is not dpc", () => {
  const six = (...names: readonly string[]) =>
    samples(6).map(({ arms, ...rest }) => ({
      ...rest,
      arms: Object.fromEntries(names.map((name) => [name, arms[name]!])),
    }));
  const best = " The highest accuracy of this run is that of base (100.0 %).";
  assert.ok(conclusion(summarise("made", six("base", "pt", "dpc"))).endsWith(best));
  assert.not.match(conclusion(summarise("made", six("pt", "dpc"))), /highest accuracy/);
});

/** A run of so many prompts in which an arm wins and loses examples of 120. */
const made = (
  prompts: number,
  won: Readonly<Record<string, readonly number[]>>,
  options: SummariseOptions = {},
) =>
  summarise(
    "made",
    Array.from({ length: prompts }, (_, prompt) =>
      Array.from({ length: 120 }, (_, line) => {
        const base = sample(line, { id: `made-${line}@seed${prompt}`, prompt: `seed${prompt}` });
        const arms = Object.entries(won).map(([name, [first, step = 0]]) =>
          [
            name,
            arm(line < first! + step * prompt, {
              trigger: name === "pt" ? null : base.arms["dpc"]!.trigger,
            }),
          ] as const
        );
        return { ...base, arms: Object.fromEntries(arms) };
      })).flat(),
    options,
  );

test("conclusion() claims nothing where the p value does not agree with the interval", () => {
  // the run that said "dpc is more accurate" at p 0.125
  const twelve = summarise(
    "made",
    samples(12).map((each, at) => ({
      ...each,
      arms: { pt: arm(at >= 4), dpc: arm(true, { trigger: each.arms["dpc"]!.trigger }) },
    })),
  );
  const [{ interval, pValue }] = twelve.comparisons as [Comparison];
  assert.ok(interval![0] > 0 && pValue === 0.125);
  assert.is(
    conclusion(twelve),
    "A difference between dpc and pt for this prompt is not shown: +33.3 points (95 % interval " +
      "+1.0 to +60.9, p 0.125) on 12 examples. For new prompts nothing is claimed, which takes 5 prompts or more.",
  );
});

test("conclusion() answers for these prompts and for new ones, names Holm's family and a better arm", () => {
  const five = made(5, { pt: [60], dpc: [66, 1], untriggered: [80, 1] });
  assert.is(
    conclusion(five),
    "dpc is more accurate than pt for these 5 prompts: +6.7 points (95 % interval +2.1 to +11.0, p 0.002, " +
      "Holm-corrected over the 2 arms compared with pt) on 120 examples. For new prompts on these examples too, dpc is more " +
      "accurate than pt: +6.7 points (95 % interval +5.0 to +8.3, p <0.001). untriggered is more accurate than " +
      "dpc: +11.7 points (95 % interval +5.9 to +17.0, p <0.001). The highest accuracy of this run is that of " +
      "untriggered (68.3 %).",
  );
  const unlike = made(5, { pt: [60], dpc: [58, 5] });
  assert.match(
    conclusion(unlike),
    /for these 5 prompts: .* For new prompts on these examples it is not shown: /,
  );
  // one example of 120, but under every prompt
  const one = made(5, { pt: [60], dpc: [61, 0.5] });
  assert.match(
    conclusion(one),
    /is not shown: .* For new prompts nothing is claimed either, as other examples may undo it; on these: /,
  );
  assert.match(conclusion(made(3, { pt: [60], dpc: [70] })), /new prompts nothing is claimed/);
});

test("summarise() leaves the primary arm out of Holm's family", () => {
  const won = { pt: [60], dpc: [66], untriggered: [66], random: [66] };
  const byArm = (primary: string | null = null) =>
    made(1, won, { primary }).comparisons.map(({ pValue, pValueHolm }) => pValueHolm / pValue);
  assert.equal(byArm(), [3, 3, 3]);
  assert.equal(byArm("random"), [2, 2, 1]);
  const { primary, rivals } = made(1, won, { primary: "random" });
  assert.equal([primary, rivals.map(({ against }) => against)], ["random", ["random", "random"]]);
  assert.match(
    conclusion(made(1, won, { primary: "random" })),
    /^random is .*tested alone\) on 120/,
  );
});

test("conclusion() has a line on answers that were not read, where they are many", () => {
  const read = samples(12);
  assert.not.match(conclusion(summarise("made", read)), /could not be read/);
  const unread = read.map((each, at) => ({
    ...each,
    arms: {
      ...each.arms,
      base: { ...each.arms["base"]!, verdict: at < 3 ? "unparsed" : "cut off" },
    },
  })) as readonly Sample[];
  assert.match(
    conclusion(summarise("made", unread)),
    /\nMany answers could not be read: base 3 without an answer in them, 9 cut off at the token limit \(of 12\)\.$/,
  );
});

test("promptsTable() has the accuracy under each prompt and the difference for new prompts", () => {
  assert.is(promptsTable(summarise("made", samples(6))), "");
  const [titles, , ...rows] = promptsTable(made(3, { pt: [60], dpc: [66, 6] })).split("\n");
  assert.match(titles!, /seed0 +seed1 +seed2 +vs pt +95 %, new prompts +p, Holm$/);
  assert.match(rows[1]!, /^dpc +55\.0 +60\.0 +65\.0 +\+10\.0 +-2\.4 to \+22\.4 +0\.074$/);
  const nine = promptsTable(made(9, { pt: [60], dpc: [66, 1] })).split("\n");
  assert.match(nine[0]!, /lowest +highest/);
  assert.match(nine[3]!, /^dpc +55\.0 +61\.7 /);
});

test("strataTable() leaves strata that need more than ten lines or 80 columns to the report", () => {
  const levels = (n: number) =>
    strataTable(
      summarise(
        "made",
        samples(24).map((each, i) => ({ ...each, strata: { level: String(i % n) } })),
      ),
    );
  assert.is(levels(10).split("\n").length, 2 + 10);
  assert.is(levels(11), "");
  const long = samples(12).map(({ arms, ...rest }) => ({
    ...rest,
    arms: { pt: arms["pt"]!, ["long".repeat(20)]: arms["dpc"]! },
  }));
  assert.is(strataTable(summarise("made", long)), "");
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
