/**
 * The trigger page: how well each trigger tells wrong answers from right ones, and what the corrections changed.
 *
 * @module
 */
import { type Analysis, type TriggerAnalysis } from "../../results/mod.ts";
import { Table } from "../../terminal/mod.ts";
import * as Figure from "../figures/mod.ts";
import { type Html, markup, table } from "../html/mod.ts";

/** The triggers of a run. */
export function triggerPage({ triggers, transitions }: Analysis): Html {
  const sections = Object.entries(triggers).map(([arm, trigger]) => triggerSection(arm, trigger));
  const none = markup`<p class="note">No arm has a trigger that tells instances apart.</p>`;
  return markup`${sections.length > 0 ? sections : none}\n${transitionTable(transitions)}`;
}

function triggerSection(arm: string, analysis: TriggerAnalysis): Html {
  const { quality, thresholds, trigger } = analysis;
  const { rate, precision, recall, n, fired, wrong, hits } = quality;
  const right = n - wrong;
  const figures = [
    Figure.scoreFigure(analysis),
    Figure.rocFigure(analysis),
    Figure.precisionFigure(analysis),
  ];
  const confusion = table(["first answer", "fired", "did not fire"], [
    ["wrong", hits, wrong - hits],
    ["right", fired - hits, right - (fired - hits)],
  ]);
  const measures = table(
    ["of the trigger", "%", "95 % interval"],
    Object.entries({ rate, precision, recall }).map(([name, { value, interval }]) =>
      [name, Table.percent(value), Table.percentInterval(interval)] as const
    ),
  );
  return markup`<h3>${arm}: ${trigger}</h3>
${Figure.groupKey({ right, wrong })}
<div class="charts">${figures}</div>
<div class="side">${confusion}${measures}</div>
<p class="note">${thresholds.map(thresholdText)}</p>
`;
}

/** Where the threshold of a prompt lies, as the samples tell it. */
function thresholdText({ prompt, above, below }: TriggerAnalysis["thresholds"][number]): string {
  const of = (score: number | null) => score === null ? "none" : Figure.inDigits(score, 4);
  return `${prompt}: largest score that did not fire ${of(above)}, smallest that fired ${
    of(below)
  }. `;
}

function transitionTable(transitions: Analysis["transitions"]): Html | null {
  if (Object.keys(transitions).length === 0) return null;
  const rows = table(
    ["arm", "right → right", "right → wrong", "wrong → right", "wrong → wrong", "won − lost"],
    Object.entries(transitions).map(([arm, each]) => [
      arm,
      each.rightToRight,
      each.rightToWrong,
      each.wrongToRight,
      each.wrongToWrong,
      each.wrongToRight - each.rightToWrong,
    ]),
  );
  return markup`<h3>From the first answers to those of each arm</h3>\n${rows}`;
}
