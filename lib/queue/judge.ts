/**
 * What the coordinator makes of a worker's result: nothing is recorded that the plan does not lead to, and nobody's verdict is taken over.
 *
 * @module
 */
import { Data, Effect, Either, Equal } from "effect";
import { Arm, gradeAgain, type PromptArms, type Unit } from "../arm/mod.ts";
import { type ArmSample, type Sample, sampleId } from "../results/mod.ts";
import type { Task } from "../task/mod.ts";

/** What results are checked by. */
export interface JudgeOptions {
  /** Extracts and grades. */
  readonly task: Task;
  /** Prompts of the run, each with its arms. */
  readonly promptArms: readonly PromptArms[];
}

/** The sample of a unit with answers and verdicts found again in its texts, or what keeps it from being that. */
export function judge(
  { prompt, example }: Unit,
  sample: Sample,
  { task, promptArms }: JudgeOptions,
): Effect.Effect<Either.Either<Sample, string>> {
  const under = promptArms.find((each) => each.prompt.name === prompt);
  const fault = faultOfQuestion({ prompt, example }, sample) ??
    faultOfArms(sample, under) ?? faultOfNumbers(sample);
  if (fault !== undefined || under === undefined) {
    return Effect.succeed(Either.left(fault ?? `the run has no prompt '${prompt}'`));
  }
  return Effect.map(
    Effect.forEach(under.arms, ({ name }) =>
      Effect.map(
        gradeAgain(task, example, sample.arms[name]!),
        (graded) => [name, graded] as const,
      )),
    (arms) => Either.right({ ...sample, arms: Object.fromEntries(arms) }),
  );
}

function faultOfQuestion({ prompt, example }: Unit, sample: Sample): string | undefined {
  const { question, gold, promptText, strata } = example;
  return sample.id !== sampleId(example, prompt)
    ? `it is of '${sample.id}'`
    : sample.question !== question || sample.gold !== gold ||
        !Equal.equals(Data.struct(sample.strata), Data.struct(strata))
    ? "it is of another question with the same id"
    : sample.promptText !== promptText
    ? "its question was put in another way"
    : undefined;
}

function faultOfArms({ arms, flow }: Sample, under: PromptArms | undefined): string | undefined {
  if (under === undefined) return undefined;
  const wanted = under.arms.map(({ name }) => name);
  const missing = wanted.find((name) => !Object.hasOwn(arms, name));
  if (missing !== undefined) return `it lacks the arm '${missing}'`;
  const foreign = Object.keys(arms).find((name) => !wanted.includes(name));
  if (foreign !== undefined) return `the run has no arm '${foreign}'`;
  const { virtualTokens } = under.prompt;
  if (flow?.accumulation && flow.accumulation.length !== virtualTokens) {
    return `its flow is of a prompt of ${flow.accumulation.length} tokens`;
  }
  for (const arm of under.arms) {
    const { name, trigger, corruption } = arm;
    const { trigger: decision, corruptions, first } = arms[name]!;
    const isOfArm = Arm.corrects(arm)
      ? decision?.name === trigger.name && (corruptions.length > 0) === (first !== null)
      : decision === null && corruptions.length === 0 && first === null;
    const isOfCorruption = corruptions.every((each) =>
      each.name === corruption.name &&
      each.positions.every((at) => Number.isInteger(at) && at >= 0 && at < virtualTokens)
    );
    if (!isOfArm || !isOfCorruption) return `the arm '${name}' does not decide or correct so`;
  }
  return undefined;
}

/** JSON has numbers that are none here, such as 1e999. */
function faultOfNumbers(sample: Sample): string | undefined {
  const bad = (arm: ArmSample) =>
    !(arm.tokens >= 0) || !(arm.milliseconds >= 0) || arm.milliseconds === Infinity;
  return Object.values(sample.arms).some(bad) || !allFinite(sample)
    ? "it has numbers that cannot be"
    : undefined;
}

function allFinite(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  return value === null || typeof value !== "object" || Object.values(value).every(allFinite);
}
