/**
 * The trigger page: how well each trigger tells wrong answers from right ones, and what the corrections changed.
 *
 * @module
 */
import type { Analysis, Summary, TriggerAnalysis } from "../../results/mod.ts";
import { Table } from "../../terminal/mod.ts";
import * as Figure from "../figures/mod.ts";
import { countLink, type Html, markup, table } from "../html/mod.ts";
import { calibratedThreshold, type PromptAnalyses, type RunFacts } from "../run_data/mod.ts";
import { triggerTakeaways } from "../takeaways/mod.ts";
import { promptPanels } from "./panels.ts";

/** The triggers of a run. */
export function triggerPage(summary: Summary, { prompts }: PromptAnalyses, facts: RunFacts): Html {
  const panels = Object.entries(prompts).map(([name, analysis]) =>
    [name, panel(name, analysis, facts)] as const
  );
  return markup`<p>A trigger gives the first answer a score and fires, so that the arm corrects, above a threshold that was calibrated on other examples.
What it is to find are wrong first answers.</p>
${untold(summary, prompts)}
${promptPanels(Object.fromEntries(panels))}`;
}

/** Arms that are corrected without a score that tells answers apart. */
function untold({ arms }: Summary, prompts: PromptAnalyses["prompts"]): Html | null {
  const told = Object.values(prompts).flatMap(({ triggers }) => Object.keys(triggers));
  const others = Object.keys(arms).filter((name) =>
    arms[name]!.triggerRate !== null && !told.includes(name)
  );
  if (others.length === 0) return null;
  return markup`<p class="note">Not shown, as their score is the same for all answers: ${
    others.join(", ")
  }.</p>`;
}

function panel(prompt: string, { triggers, transitions }: Analysis, facts: RunFacts): Html {
  const groups = [...groupEqual(triggers)];
  const takeaways = triggerTakeaways(groups.map(([, analysis]) => analysis));
  const sections = groups.map(([arms, analysis], i) =>
    section(arms, analysis, {
      prompt,
      takeaway: takeaways[i]!,
      threshold: thresholdOf(analysis, prompt, facts),
    })
  );
  const none =
    markup`<p class="note">No arm has a trigger that tells instances apart under this prompt.</p>`;
  return markup`${groups.length > 0 ? sections : none}\n${transitionTable(transitions, prompt)}`;
}

/** Arms whose trigger says the same of all answers, as those of a grid that corrupt differently, stand together. */
function groupEqual(
  triggers: Analysis["triggers"],
): readonly (readonly [arms: readonly string[], TriggerAnalysis])[] {
  const groups = new Map<string, [string[], TriggerAnalysis]>();
  for (const [arm, analysis] of Object.entries(triggers)) {
    const key = JSON.stringify(analysis);
    const [arms] = groups.get(key) ?? groups.set(key, [[], analysis]).get(key)!;
    arms.push(arm);
  }
  return [...groups.values()];
}

/** The recorded threshold, unless what fired contradicts it: a grid may have set another one. */
function thresholdOf(
  { trigger, thresholds }: TriggerAnalysis,
  prompt: string,
  facts: RunFacts,
): number | undefined {
  const threshold = calibratedThreshold(facts, prompt, trigger);
  const [bounds] = thresholds;
  return threshold === undefined || threshold < round(bounds?.above ?? -Infinity, -1) ||
      threshold >= round(bounds?.below ?? Infinity, 1)
    ? undefined
    : threshold;
}

/** Scores are recorded with six digits. */
const round = (score: number, direction: 1 | -1) => score + direction * 1e-5 * Math.abs(score);

interface SectionOptions extends Omit<Figure.ScoreOptions, "filters"> {
  readonly prompt: string;
}

function section(
  arms: readonly string[],
  analysis: TriggerAnalysis,
  { prompt, takeaway, threshold }: SectionOptions,
): Html {
  const { quality, trigger } = analysis;
  const { rate, precision, recall, n, fired, wrong, hits } = quality;
  const filters = { arm: arms[0]!, prompt };
  const figures = [
    Figure.scoreFigure(analysis, { threshold, filters, takeaway }),
    Figure.rocFigure(analysis),
    Figure.precisionFigure(analysis),
  ];
  const cells = (first: "right" | "wrong", counts: readonly [fired: number, not: number]) =>
    [
      first,
      countLink(counts[0], { ...filters, first, fired: "yes" }),
      countLink(counts[1], { ...filters, first, fired: "no" }),
    ] as const;
  const confusion = table(["first answer", "fired", "did not fire"], [
    cells("wrong", [hits, wrong - hits]),
    cells("right", [fired - hits, n - wrong - (fired - hits)]),
  ], { label: `Where ${trigger} fired` });
  const measures = table(
    ["the trigger", "%", "95 % interval"],
    Object.entries({
      "fires on (rate)": rate,
      precision,
      recall,
    }).map(([name, { value, interval }]) =>
      [name, Table.percent(value), Table.percentInterval(interval)] as const
    ),
    { label: `Quality of ${trigger}` },
  );
  return markup`<h3>${trigger}</h3>
<p class="note">Trigger of ${arms.join(", ")}.</p>
${
    Figure.groupKey({
      right: countLink(n - wrong, { prompt, first: "right" }),
      wrong: countLink(wrong, { prompt, first: "wrong" }),
    })
  }
<div class="charts">${figures}</div>
<div class="side">${confusion}${measures}</div>
`;
}

function transitionTable(transitions: Analysis["transitions"], prompt: string): Html | null {
  if (Object.keys(transitions).length === 0) return null;
  const link = (arm: string, first: "right" | "wrong", answer: string, count: number) =>
    countLink(count, { prompt, arm, first, answer });
  const rows = Object.entries(transitions).map(([arm, each]) =>
    [
      arm,
      link(arm, "right", "correct", each.rightToRight),
      link(arm, "right", "not correct", each.rightToWrong),
      link(arm, "wrong", "correct", each.wrongToRight),
      link(arm, "wrong", "not correct", each.wrongToWrong),
      each.wrongToRight - each.rightToWrong,
    ] as const
  );
  const titles = ["right → right", "right → wrong", "wrong → right", "wrong → wrong"];
  const label = "From the first answers to those of each arm";
  return markup`<h3>${label}</h3>
${table(["arm", ...titles, "won − lost"], rows, { label })}`;
}
