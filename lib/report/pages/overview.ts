/**
 * The overview: what was run, what it means, arms, differences, cost, prompts, strata, and the words of the report.
 *
 * @module
 */
import type { Summary } from "../../results/mod.ts";
import { conclusion } from "../../terminal/mod.ts";
import {
  accuracyDomain,
  accuracyFigure,
  costFigure,
  differenceFigure,
  timeFigure,
} from "../figures/mod.ts";
import { type Html, markup } from "../html/mod.ts";
import type { ArmTime, PromptAnalyses, RunFacts } from "../run_data/mod.ts";
import { spokenArm } from "../takeaways/mod.ts";
import { armTable, howMeasured } from "./arm_table.ts";
import { factList } from "./facts.ts";
import { glossaryList } from "./glossary.ts";
import { promptSection, strataSections } from "./groups.ts";

/** The overview of a run. */
export function overviewPage(
  summary: Summary,
  analyses: PromptAnalyses,
  facts: RunFacts,
  times: readonly ArmTime[],
): Html {
  if (summary.n === 0) {
    return markup`<p class="lead">The run has no finished example, so there is nothing to compare.</p>
${factList(summary, facts)}`;
  }
  return markup`<p class="lead">${conclusion(summary)}</p>
${factList(summary, facts)}
${key(summary)}
${charts(figures(summary, times))}
<h3>Arms</h3>
${armTable(summary)}
<p class="note">${howMeasured(summary)}</p>
${promptSection(summary)}
${strataSections(summary)}
<h3>Glossary</h3>
${glossaryList(summary, analyses)}`;
}

/** Four figures stand two by two. */
function charts(shown: readonly (Html | null)[]): Html {
  const count = shown.filter((each) => each !== null).length;
  return markup`<div class="${count === 4 ? "charts four" : "charts"}">${shown}</div>`;
}

function figures(summary: Summary, times: readonly ArmTime[]): readonly (Html | null)[] {
  const { arms, prompts } = summary;
  const pooled = prompts.length > 1 ? `, pooled over ${prompts.length} prompts` : "";
  const domain = accuracyDomain(Object.values(arms));
  return [
    accuracyFigure(summary, (arm) => arms[arm], {
      domain,
      title: "Accuracy",
      caption: `With the 95 % interval${pooled}. The axis need not begin at 0.`,
      label: "Accuracy of each arm",
    }),
    differenceFigure(summary),
    costFigure(summary, domain),
    timeFigure(summary, domain, times),
  ];
}

/** The key to the marks of arms. */
function key(summary: Summary): Html | null {
  const spoken = spokenArm(summary);
  const against = summary.comparisons[0]?.against;
  if (against === undefined) return null;
  const about = spoken === undefined
    ? null
    : markup`<li class="spoken">${spoken}, which the run is about</li>`;
  return markup`<ul class="key arms">${about}<li class="reference">${against}, which others are compared with</li><li class="other">other arms</li></ul>`;
}
