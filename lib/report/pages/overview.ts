/**
 * The overview: arms, differences, cost, strata, and what they mean.
 *
 * @module
 */
import { glossary } from "../../arm/mod.ts";
import { conclusion, Table } from "../../terminal/mod.ts";
import { type Summary } from "../../results/mod.ts";
import { accuracyFigure, costFigure, differenceFigure } from "../figures/mod.ts";
import { LEAST_PROMPTS } from "../../statistics/mod.ts";
import { type Html, markup, table } from "../html/mod.ts";

/** The overview of a run. */
export function overviewPage(summary: Summary): Html {
  const { n, task, prompts } = summary;
  const pooled = prompts.length > 1
    ? `, each under ${prompts.length} prompts (${prompts.join(", ")}), whose results are pooled`
    : "";
  const figures = [accuracyFigure(summary), differenceFigure(summary), costFigure(summary)];
  return markup`<p class="lead">${conclusion(summary)}</p>
<p>${n} examples of ${task}${pooled}.</p>
<div class="charts">${figures}</div>
<h3>Arms</h3>
${armTable(summary)}
<p class="note">${howMeasured(summary)}</p>
${glossaryOf(summary)}
${promptTable(summary)}
${strataTables(summary)}`;
}

function armTable({ arms, comparisons }: Summary): Html {
  const against = comparisons[0]?.against;
  const titles = ["arm", "correct", "of", "accuracy, %", "95 % interval"];
  if (against !== undefined) {
    titles.push(`difference to ${against}`, "95 % interval", "p", "p (Holm)");
  }
  return table(
    [...titles, "tokens", "unparsed", "cut off"],
    Object.entries(arms).map(([name, arm]) => {
      const comparison = comparisons.find((each) => each.arm === name);
      const compared = [
        Table.points(comparison?.difference ?? null),
        Table.pointsInterval(comparison?.interval ?? null),
        Table.pValue(comparison?.pValue ?? null),
        Table.pValue(comparison?.pValueHolm ?? null),
      ];
      return [
        name,
        arm.correct,
        arm.n,
        Table.percent(arm.accuracy),
        Table.percentInterval(arm.interval),
        ...(against === undefined ? [] : compared),
        arm.tokens.toFixed(1),
        arm.unparsed,
        arm.cutOff,
      ];
    }),
  );
}

/** What the names of the arms mean. */
function glossaryOf({ arms }: Summary): Html {
  const terms = glossary(Object.keys(arms)).map(({ name, description }) =>
    `${name}: ${description}`
  );
  return terms.length === 0 ? markup`` : markup`<p class="note">${terms.join("; ")}.</p>`;
}

function howMeasured({ comparisons, prompts, primary }: Summary): string {
  const seeds = prompts.length > 1;
  const accuracies = seeds
    ? "Intervals of accuracies are Wilson's with the number of independent answers that these are worth"
    : "Intervals of accuracies are Wilson's";
  if (comparisons.length === 0) return `${accuracies}.`;
  const alone = primary === null ? "" : `, but for ${primary}, which is tested alone`;
  return `${accuracies}; those of differences are ${
    seeds ? "Student's over examples, for these prompts" : "Tango's"
  }; p is ${seeds ? "a sign-flip test over examples" : "McNemar's exact test"}, ` +
    `and Holm's correction is over the ${comparisons.length} arms compared with ` +
    `${comparisons[0]!.against}${alone}. A difference is called shown where both agree.`;
}

/** Accuracy of each arm under each prompt, and its difference for new prompts. */
function promptTable({ arms, comparisons, prompts }: Summary): Html {
  if (prompts.length < 2) return markup``;
  const rows = Object.entries(arms).map(([name, arm]) => {
    const comparison = comparisons.find((each) => each.arm === name);
    return [
      name,
      ...Object.values(arm.prompts).map(({ accuracy }) => Table.percent(accuracy)),
      Table.pointsInterval(comparison?.newPrompts?.interval ?? null),
      Table.pValue(comparison?.newPrompts?.pValue ?? null),
      Table.pValue(comparison?.newPromptsPValueHolm ?? null),
    ] as const;
  });
  return markup`<h3>Accuracy under each prompt</h3>
${table(["arm", ...prompts, "difference, new prompts", "p", "p (Holm)"], rows)}
<p class="note">For new prompts on these examples: Student's interval and test of the differences under each prompt. Nothing is claimed with fewer than ${LEAST_PROMPTS} prompts.</p>`;
}

/** Accuracy of each arm in each stratum. */
function strataTables({ arms }: Summary): readonly Html[] {
  const entries = Object.entries(arms);
  return Object.entries(entries[0]?.[1].strata ?? {}).map(([key, values]) => {
    const rows = Object.entries(values).map(([value, { n }]) =>
      [
        value,
        n,
        ...entries.map(([, arm]) => Table.percent(arm.strata[key]?.[value]?.accuracy ?? null)),
      ] as const
    );
    return markup`<h3>Accuracy by ${key}</h3>
${table([key, "of", ...entries.map(([name]) => name)], rows)}`;
  });
}
