/**
 * The form of results.json: every number of a run, computed from its samples alone.
 *
 * @module
 */
import { FORMAT } from "../schema/files.ts";
import { Schema } from "../schema/mod.ts";
import type * as Statistics from "../statistics/mod.ts";

/** One value for each value of each stratum, by their names: `kind`, `distracting`. */
export type Strata<A> = Readonly<Record<string, Readonly<Record<string, A>>>>;

/** One arm over a run. Where several answers are drawn to each question, its accuracy is that of single ones, pass@1. */
export interface ArmSummary extends Statistics.Accuracy {
  /** Correct by the task's strict reading too. */
  readonly strict: number;
  /** Not correct, as a decimal where the task asks for the exact value that rounds to it. */
  readonly rounded: number;
  /** Answers in which nothing was found. */
  readonly unparsed: number;
  /** The accuracy of the answer that most of those drawn to a question give, maj@k; absent where one is given. */
  readonly majority?: Statistics.Accuracy;
  /** Answers that reached the token limit. */
  readonly cutOff: number;
  /** Generated tokens per answer, all rounds. */
  readonly tokens: number;
  /** Passes per answer that measured the flow; absent where the run did not record them. */
  readonly flowPasses?: number;
  /** Share of instances that were corrected; null for an arm that never is. */
  readonly triggerRate: number | null;
  /** The trigger against "the answer of pt is wrong"; null without a trigger or without the arm pt. */
  readonly trigger: Statistics.TriggerQuality | null;
  /** From the answer of pt to this arm's; null without the arm pt. */
  readonly transitions: Statistics.Transitions | null;
  /** The accuracy under each prompt, by its name. */
  readonly prompts: Readonly<Record<string, Statistics.Accuracy>>;
  /** The accuracy within each stratum, under all prompts. */
  readonly strata: Strata<Statistics.Accuracy>;
}

/** Two arms on the same examples. */
export interface ArmComparison extends Statistics.PairedComparison {
  /** The arm. */
  readonly arm: string;
  /** The arm it is compared with. */
  readonly against: string;
  /** Holm-corrected over its family: all comparisons of the list, but the primary arm's, which stands alone. */
  readonly pValueHolm: number;
  /** The p value for new prompts, corrected in the same way; null where there is none. */
  readonly newPromptsPValueHolm: number | null;
}

/** An arm against the first answers. */
export interface Comparison extends ArmComparison {
  /** The same within each stratum. */
  readonly strata: Strata<Statistics.PairedComparison>;
}

/** The content of results.json. */
export interface Summary {
  /** Number of the form of results.json. */
  readonly format: typeof FORMAT;
  /** The task's name. */
  readonly task: string;
  /** Examples. */
  readonly n: number;
  /** Examples under a prompt that could not be evaluated (errors.jsonl); they count in no other number. */
  readonly failed: number;
  /** Names of the prompts that the examples ran under. */
  readonly prompts: readonly string[];
  /** Answers drawn to each question; absent where one is given. */
  readonly answers?: number;
  /** Each arm's numbers, by name. */
  readonly arms: Readonly<Record<string, ArmSummary>>;
  /** The arm that was named beforehand (`--primary`) as the one to be tested; null where none was. */
  readonly primary: string | null;
  /** Each other arm against the first answers. */
  readonly comparisons: readonly Comparison[];
  /** Each other arm that corrects against the primary arm, or else the first arm dpc. */
  readonly rivals: readonly ArmComparison[];
}

const Count = Schema.Int;
const MaybeNumber = Schema.NullOr(Schema.Number);
const Interval = Schema.Tuple(Schema.Number, Schema.Number);
const Proportion = Schema.Struct({ value: MaybeNumber, interval: Interval });
const named = <A, I>(value: Schema.Schema<A, I>) => Schema.Record({ key: Schema.String, value });

const accuracy = {
  n: Count,
  correct: Count,
  accuracy: MaybeNumber,
  stderr: MaybeNumber,
  interval: Interval,
};
const Accuracy: Schema.Schema<Statistics.Accuracy> = Schema.Struct(accuracy);

const TriggerQuality: Schema.Schema<Statistics.TriggerQuality> = Schema.Struct({
  n: Count,
  fired: Count,
  wrong: Count,
  hits: Count,
  rate: Proportion,
  precision: Proportion,
  recall: Proportion,
  auc: Schema.Struct({
    area: MaybeNumber,
    stderr: MaybeNumber,
    interval: Schema.NullOr(Interval),
  }),
});

const Transitions: Schema.Schema<Statistics.Transitions> = Schema.Struct({
  rightToRight: Count,
  rightToWrong: Count,
  wrongToRight: Count,
  wrongToWrong: Count,
});

const Arm: Schema.Schema<ArmSummary> = Schema.Struct({
  ...accuracy,
  strict: Count,
  rounded: Count,
  unparsed: Count,
  majority: Schema.optionalWith(Accuracy, { exact: true }),
  cutOff: Count,
  tokens: Schema.Number,
  flowPasses: Schema.optionalWith(Schema.Number, { exact: true }),
  triggerRate: MaybeNumber,
  trigger: Schema.NullOr(TriggerQuality),
  transitions: Schema.NullOr(Transitions),
  prompts: named(Accuracy),
  strata: named(named(Accuracy)),
});

const paired = {
  n: Count,
  seeds: Count,
  difference: MaybeNumber,
  interval: Schema.NullOr(Interval),
  pValue: Schema.Number,
  newPrompts: Schema.NullOr(Schema.Struct({ interval: Interval, pValue: MaybeNumber })),
  armOnly: Count,
  againstOnly: Count,
};
const Paired: Schema.Schema<Statistics.PairedComparison> = Schema.Struct(paired);

const compared = {
  arm: Schema.String,
  against: Schema.String,
  ...paired,
  pValueHolm: Schema.Number,
  newPromptsPValueHolm: MaybeNumber,
};
const ArmCompared: Schema.Schema<ArmComparison> = Schema.Struct(compared);
const Compared: Schema.Schema<Comparison> = Schema.Struct({
  ...compared,
  strata: named(named(Paired)),
});

/** The schema of results.json. */
export const Summary: Schema.Schema<Summary> = Schema.Struct({
  format: Schema.Literal(FORMAT),
  task: Schema.String,
  n: Count,
  failed: Count,
  prompts: Schema.Array(Schema.String),
  answers: Schema.optionalWith(Count, { exact: true }),
  arms: named(Arm),
  primary: Schema.NullOr(Schema.String),
  comparisons: Schema.Array(Compared),
  rivals: Schema.Array(ArmCompared),
});
