/**
 * The paper's tables 1 and 2 of a study, from the samples of its runs alone.
 *
 * @module
 */
import { Path } from "@effect/platform";
import { Array, Effect, Stream } from "effect";
import * as Results from "../../lib/results/mod.ts";
import { collectRun, Journal } from "../../lib/run/mod.ts";
import { Table } from "../../lib/terminal/mod.ts";

/** Where a study keeps a set's worked-example run, beside the set's own. */
export const fewShotRun = (set: string): string => `${set}-few-shot`;

/** An arm of a set, by its name in the tables. */
type Column = readonly [
  set: string,
  arms: Readonly<Record<string, Results.Summary["arms"][string]>>,
];

/** Arms that ablate DPC; the others are methods of their own, and pt and dpc are both. */
const ABLATING = ["random", "untriggered"];

/**
 * The tables of one model as Markdown, with intervals, and every arm against pt pooled over sets and prompt seeds.
 *
 * @param directory of the model's runs
 * @param sets names of the runs in it; a set's few-shot run may be absent
 */
export function studyTables(directory: string, sets: readonly string[]) {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    // an id alone may be that of another set, and only the arms that all have are pooled
    const pooled = new Results.SummaryCollector();
    const flows = new Results.AnalysisCollector();
    const columns = yield* Effect.forEach(sets, (set) =>
      Effect.gen(function* () {
        const fewShot = yield* Effect.orElseSucceed(
          collectRun(path.join(directory, fewShotRun(set))),
          () => new Results.SummaryCollector(),
        );
        const own = new Results.SummaryCollector();
        const samples = Journal.rows(path.join(directory, set), Results.Sample);
        yield* Stream.runForEach(samples, (sample) =>
          Effect.sync(() => {
            own.add(sample);
            pooled.add({ ...sample, example: `${set}/${sample.example}`, strata: {} });
            flows.add(sample);
          }));
        const first = fewShot.samples === 0
          ? {}
          : { "base, few-shot": fewShot.finish(set).arms["base"]! };
        return [set, { ...first, ...own.finish(set).arms }] satisfies Column;
      }));
    const names = [...new Set(columns.flatMap(([, arms]) => Object.keys(arms)))];
    const ablated = names.filter((name) => /^pt$|^dpc/.test(name) || ABLATING.includes(name));
    return [
      "Table 1: methods, accuracy in %",
      accuracies(names.filter((name) => !ABLATING.includes(name)), columns),
      "Table 2: what DPC is made of",
      accuracies(ablated, columns),
      "Against pt, in points, pooled over sets and prompt seeds",
      differences(pooled.finish("all")),
      "Information flow of pt's answers, right against wrong (s_t in the deep layers, times 1e5)",
      flow(flows.finish().flow),
    ].join("\n\n") + "\n";
  });
}

function accuracies(names: readonly string[], columns: readonly Column[]): string {
  const cell = (arm: Results.Summary["arms"][string] | undefined) =>
    arm === undefined
      ? "-"
      : `${Table.percent(arm.accuracy)} (${Table.percentInterval(arm.interval)})`;
  return markdown(
    ["arm", ...columns.map(([set]) => set)],
    names.map((name) => [name, ...columns.map(([, arms]) => cell(arms[name]))]),
  );
}

function differences({ comparisons, arms }: Results.Summary): string {
  return markdown(
    "arm,n,difference,95 % for these prompts,p,95 % for new prompts,p,won,lost,trigger AUC,precision,recall,fires"
      .split(","),
    comparisons.map(({ arm, difference, interval, pValue, newPrompts }) => {
      const { n, trigger, transitions, triggerRate } = arms[arm]!;
      return [
        arm,
        n,
        Table.points(difference),
        Table.pointsInterval(interval),
        Table.pValue(pValue),
        Table.pointsInterval(newPrompts?.interval ?? null),
        Table.pValue(newPrompts?.pValue ?? null),
        transitions?.wrongToRight ?? "-",
        transitions?.rightToWrong ?? "-",
        trigger?.auc.area?.toFixed(3) ?? "-",
        Table.percent(trigger?.precision.value ?? null),
        Table.percent(trigger?.recall.value ?? null),
        Table.percent(triggerRate),
      ];
    }),
  );
}

/** Where in the rationale the soft prompt is read, and how far its flow accumulates at one position (1 is not at all). */
function flow(analysis: Results.FlowAnalysis | null): string {
  if (analysis === null) return "Not measured: no arm needs it.";
  const groups = [analysis.right, analysis.wrong];
  const scaled = (value: number) => (1e5 * value).toFixed(3);
  const cell = ({ mean, interval }: Results.FlowGroup["tenths"][number]) =>
    mean === null ? "-" : `${scaled(mean)} (${interval?.map(scaled).join(" to ") ?? "one answer"})`;
  const largest = ({ share }: Results.FlowGroup) =>
    share.reduce((most, { mean }) => Math.max(most, mean ?? 0), 0) * share.length;
  const tenths = Array.makeBy(10, (tenth) => [
    `s_t, ${10 * tenth} to ${10 * tenth + 10} % of the rationale`,
    ...groups.map((group) => group.n === 0 ? "-" : cell(group.tenths[tenth]!)),
  ]);
  const shares = groups.map((group) => group.n === 0 ? "-" : largest(group).toFixed(2));
  return markdown(
    ["", `right (${analysis.right.n})`, `wrong (${analysis.wrong.n})`],
    [...tenths, ["largest mean share of a position, times n", ...shares]],
  );
}

function markdown(
  titles: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  return [titles, titles.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
