/**
 * What a run means, in sentences: a difference is claimed only where its interval and its corrected p value agree.
 *
 * @module
 */
import type { ArmComparison, ArmSummary, Summary } from "../results/mod.ts";
import { MIN_PROMPTS, shown } from "../statistics/mod.ts";
import { percent, points, pointsInterval, pValue } from "./table.ts";

/** Share of an arm's answers from which unread ones are worth a line. */
const MANY = 0.1;

/** What the run says of DPC, or of the primary arm, and lines on examples that failed and answers that were not read, if any. */
export function conclusion(summary: Summary): string {
  return [verdict(summary), failures(summary), unread(summary)].filter((line) => line !== "")
    .join("\n");
}

/** What a comparison shows for the prompts of its run. */
const shownHere = ({ interval, pValueHolm }: ArmComparison) => shown(interval, pValueHolm);

/**
 * What it shows for new prompts: nothing below {@linkcode MIN_PROMPTS} prompts, nor where other examples might undo it, which the t
 * interval over prompts does not see.
 */
function shownForNewPrompts(comparison: ArmComparison): ReturnType<typeof shown> {
  const { newPrompts, newPromptsPValueHolm, seeds } = comparison;
  if (newPrompts === null || seeds < MIN_PROMPTS) return "not shown";
  const finding = shown(newPrompts.interval, newPromptsPValueHolm);
  return finding === shownHere(comparison) ? finding : "not shown";
}

function verdict(summary: Summary): string {
  const { comparisons, primary, arms } = summary;
  const spoken = primary === null
    ? comparisons.find(({ arm }) => arm.startsWith("dpc"))
    : comparisons.find(({ arm }) => arm === primary);
  if (spoken === undefined) return `${describeGrid(summary)} (${examples(summary)}).`;
  const sentences = [
    describe(spoken, summary),
    ofNewPrompts(spoken),
    ...rivals(summary),
    highest(arms, spoken.arm),
  ];
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

const MORE = { higher: "is more accurate", lower: "is less accurate" } as const;

function describe(comparison: ArmComparison, summary: Summary): string {
  const { primary, comparisons } = summary;
  const { arm, against, difference, interval, pValueHolm, seeds } = comparison;
  if (difference === null) return "Nothing to compare.";
  const finding = shownHere(comparison);
  const where = seeds === 1 ? "for this prompt" : `for these ${seeds} prompts`;
  const start = finding === "not shown"
    ? `A difference between ${arm} and ${against} ${where} is not shown`
    : `${arm} ${MORE[finding]} than ${against} ${where}`;
  const family = arm === primary ? ", the primary arm, tested alone" : holmOver(
    comparisons.filter((each) => each.arm !== primary).length,
    `compared with ${against}`,
  );
  return `${start}: ${measured(difference, interval, pValueHolm)}${family}) on ${
    examples(summary)
  }.`;
}

/** A difference in points with its interval and p value; the bracket is left open. */
const measured = (
  difference: number,
  interval: ArmComparison["interval"],
  p: number | null,
): string =>
  `${points(difference)} points (95 % interval ${pointsInterval(interval)}, p ${pValue(p)}`;

/** Names the family of Holm's correction; empty for one comparison, which needs none. */
const holmOver = (size: number, which: string): string =>
  size < 2 ? "" : `, Holm-corrected over the ${size} arms ${which}`;

function ofNewPrompts(comparison: ArmComparison): string {
  const { difference, newPrompts, newPromptsPValueHolm, seeds, arm, against } = comparison;
  if (difference === null) return "";
  if (newPrompts === null || seeds < MIN_PROMPTS) {
    return `For new prompts nothing is claimed, which takes ${MIN_PROMPTS} prompts or more.`;
  }
  const finding = shownForNewPrompts(comparison);
  const numbers = measured(difference, newPrompts.interval, newPromptsPValueHolm);
  if (finding === "not shown" && shown(newPrompts.interval, newPromptsPValueHolm) !== finding) {
    return `For new prompts nothing is claimed either, as other examples may undo it; on these: ${numbers}).`;
  }
  return finding === "not shown"
    ? `For new prompts on these examples it is not shown: ${numbers}).`
    : `For new prompts on these examples too, ${arm} ${
      MORE[finding]
    } than ${against}: ${numbers}).`;
}

/** Other arms that correct and are shown to be better than the one that is spoken of. */
function rivals({ rivals }: Summary): readonly string[] {
  return rivals.flatMap((rival) => {
    const { arm, against, difference, interval, pValueHolm } = rival;
    if (difference === null || shownHere(rival) !== "higher") return [];
    const family = holmOver(rivals.length, `that correct and are compared with ${against}`);
    const numbers = measured(difference, interval, pValueHolm);
    return [`${arm} ${MORE.higher} than ${against}: ${numbers}${family}).`];
  });
}

/** Names the arm with the highest accuracy where it is another than the one that was spoken of: seen, not shown. */
function highest(arms: Summary["arms"], spoken: string): string {
  const accuracy = (name: string) => arms[name]!.accuracy ?? 0;
  const best = Object.keys(arms).reduce((a, b) => accuracy(b) > accuracy(a) ? b : a);
  return accuracy(best) > accuracy(spoken)
    ? `The highest accuracy of this run is that of ${best} (${percent(accuracy(best))} %).`
    : "";
}

/** What an ablation says, in which no arm is the one that the run is about. */
function describeGrid({ arms, comparisons, primary }: Summary): string {
  const names = Object.keys(arms);
  if (!names.some((name) => arms[name]!.triggerRate !== null)) {
    return names.length === 1
      ? `A run of ${names[0]} alone says nothing about correcting a prompt`
      : "No arm corrects a prompt, so that the run says nothing about correcting one";
  }
  const corrected = comparisons.filter(({ arm }) => arms[arm]!.triggerRate !== null);
  if (corrected.length === 0) return "Nothing to compare as the run has no arm pt";
  const { against } = corrected[0]!;
  const family = comparisons.filter(({ arm }) => arm !== primary).length;
  const rule = `95 % interval and p${
    family < 2 ? "" : `, Holm-corrected over the ${family} arms compared with ${against}`
  }`;
  const differing = corrected.filter((each) => shownHere(each) !== "not shown")
    .map(({ arm, difference }) => `${arm} ${points(difference)}`);
  const start = `Of ${count(corrected.length, "arm")} that ${
    corrected.length === 1 ? "corrects" : "correct"
  } the prompt,`;
  return differing.length === 0
    ? `${start} none is shown to differ from ${against} by ${rule}`
    : `${start} these differ from ${against} by ${rule}: ${differing.join(", ")}`;
}

function failures({ failed }: Summary): string {
  return failed === 0 ? "" : `${count(failed, "example")} failed (errors.jsonl) and count in no ` +
    "number; the same command tries again.";
}

/** Arms of whose answers many were not read, as then an accuracy measures the reading. */
function unread({ arms }: Summary): string {
  const parts = Object.entries(arms).flatMap(([name, arm]) => {
    const counts = [
      many(arm, "unparsed", "without an answer in them"),
      many(arm, "cutOff", "cut off at the token limit"),
    ].filter((text) => text !== "");
    return counts.length === 0 ? [] : [`${name} ${counts.join(", ")} (of ${arm.n})`];
  });
  return parts.length === 0 ? "" : `Many answers could not be read: ${parts.join("; ")}.`;
}

const many = (arm: ArmSummary, key: "unparsed" | "cutOff", words: string): string =>
  arm[key] > MANY * arm.n ? `${arm[key]} ${words}` : "";

const examples = ({ n, answers }: Summary): string =>
  count(n, "example") + (answers === undefined ? "" : ` with ${answers} answers each`);

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
