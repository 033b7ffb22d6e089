/**
 * `dpc cross-validate`: what the learned arms are worth on a development split, with all that is chosen in them chosen on other folds.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Chunk, Console, Effect, pipe, Stream } from "effect";
import { program } from "../cli/command.ts";
import { chooseData, datasetOptions } from "../cli/dataset_options.ts";
import { json } from "../cli/finished_run.ts";
import * as Option from "../cli/options.ts";
import { type CalibratedPrompt, loadPrompts, promptOptions } from "../cli/prompts.ts";
import { chooseTemplate, templateOptions } from "../cli/template_option.ts";
import * as Arm from "../../lib/arm/mod.ts";
import { Corruption, SALIENCY } from "../../lib/dpc/mod.ts";
import { PromptError } from "../../lib/prompt/mod.ts";
import * as Statistics from "../../lib/statistics/mod.ts";
import { describeModel, inspectModel, Model, openModel, Stage } from "../../lib/stage/mod.ts";
import { Progress, Table } from "../../lib/terminal/mod.ts";
import { examples, type Task } from "../../lib/task/mod.ts";

/** Rows of the learning curve. */
const CURVE = [50, 100, 300];

/** The command. */
export const command = program({
  name: "cross-validate",
  about:
    "Measures route, its control by words, and select by nested cross-validation on a development split.",
  examples: {
    "The embedded prompts": "npx dpc cross-validate --prompt-seeds all",
  },
  options: {
    ...Option.grouped("Model", {
      model: Option.model,
      adapter: Option.adapter,
      ...promptOptions(["all"]),
    }),
    ...datasetOptions,
    split: Option.text("Which split to read when --data is a folder; never the test split", "dev"),
    ...templateOptions,
    observations: Option.text(
      "File of what was observed: read where it is there, else written, so that tables can be made again",
    ),
    maxNewTokens: Option.maxNewTokens,
    seed: Option.seed,
    ...Option.placementOptions,
    quiet: Option.quiet,
    json,
  },
}, function* (args) {
  const { task, selection, rows } = yield* chooseData(args);
  if (Arm.isTestSplit(selection.path, args.split)) {
    const reason = "nothing is learned on a test split: give a part of train or dev";
    return yield* new PromptError({ directory: selection.path, reason });
  }
  const template = yield* chooseTemplate(task, { ...args, data: selection.path });
  const files = yield* inspectModel(args.model, args.adapter);
  const prompts = yield* loadPrompts(args, files.config);
  const total = yield* Stream.runCount(examples(task, rows));
  const observe = Effect.gen(function* () {
    const model = yield* openModel(
      yield* Option.placed(args),
      yield* describeModel(args.model, args.quantization, files),
    );
    const tokenize = { template, ...Option.defined({ maxNewTokens: args.maxNewTokens }) };
    return yield* Effect.forEach(prompts, (prompt) =>
      pipe(
        examples(task, rows),
        Stage.streamed(Stage.tokenize(task, tokenize)),
        Stage.streamed(Arm.observeChoices(choicesOf(task, prompt))),
        Progress.track(
          { label: prompt.prompt.name, total },
          ({ right: { base, pt } }) => ({ outcomes: [["base", base], ["pt", pt]] as const }),
        ),
        Stream.runCollect,
        Effect.map((observations): Observed => ({
          prompt: prompt.prompt.name,
          observations: Chunk.toReadonlyArray(observations),
        })),
      )).pipe(Effect.provideService(Model, model), Effect.provide(Progress.layer(args)));
  });
  const observed = yield* kept(args.observations, observe);
  const result = measure(observed);
  yield* Console.log(args.json ? JSON.stringify(result, null, 2) : tablesOf(result));
});

function choicesOf(task: Task, { prompt, calibration }: CalibratedPrompt) {
  const { gamma = Corruption.DEFAULTS.gamma, shallow, loss = SALIENCY.loss } = calibration ?? {};
  const layers = shallow === undefined ? {} : { layers: shallow };
  return {
    task,
    prompt,
    fixed: Arm.fixedCorruption({ ...calibration, gamma }),
    corruption: Corruption.accumulated({ gamma, ...layers, probe: { ...SALIENCY, loss } }),
  };
}

/** What was observed under one prompt. */
interface Observed {
  readonly prompt: string;
  readonly observations: readonly Arm.ChoiceObservation[];
}

/** A line of the file of observations. */
type ObservedLine = { readonly prompt: string } & Arm.ChoiceObservation;

/** Reads what was observed where the file is there; else observes, and writes it. */
function kept<E, R>(
  file: string | undefined,
  observe: Effect.Effect<readonly Observed[], E, R>,
) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    if (file !== undefined && (yield* fs.exists(file))) {
      const text = yield* fs.readFileString(file);
      const byPrompt = new Map<string, ObservedLine[]>();
      for (const line of text.split("\n")) {
        if (line === "") continue;
        const observed = JSON.parse(line) as ObservedLine;
        byPrompt.set(observed.prompt, [...byPrompt.get(observed.prompt) ?? [], observed]);
      }
      return [...byPrompt].map(([prompt, observations]): Observed => ({ prompt, observations }));
    }
    const observed = yield* observe;
    if (file !== undefined) {
      const lines = observed.flatMap(({ prompt, observations }) =>
        observations.map((each) =>
          JSON.stringify({
            prompt,
            ...each,
            states: each.states.map((state) => Array.from(state, (x) => Number(x.toPrecision(4)))),
          })
        )
      );
      yield* fs.writeFileString(file, `${lines.join("\n")}\n`);
    }
    return observed;
  });
}

const LEARNED: readonly Arm.LearnedArm[] = ["route", "words", "select"];
const CURVED = ["dpc", ...LEARNED];

/** All that is measured. */
type Measured = ReturnType<typeof measure>;

function measure(observed: readonly Observed[]) {
  const prompts = observed.map(({ observations }) => observations);
  const arms = Arm.nestedOutcomes(prompts);
  const accuracy = (outcomes: Statistics.Outcomes) => Statistics.pooledAccuracy(outcomes);
  const mean = (arm: string) => accuracy(arms[arm]!).accuracy ?? 0;
  const reference = mean("dpc") > mean("base") ? "dpc" : "base";
  const curve = CURVE.filter((rows) => rows < 0.8 * prompts[0]!.length).map((rows) => {
    const few = Arm.nestedOutcomes(prompts, { rows });
    return {
      rows,
      arms: Object.fromEntries(CURVED.map((arm) => [arm, accuracy(few[arm]!).accuracy])),
    };
  });
  return {
    n: prompts[0]!.length,
    prompts: observed.map(({ prompt }) => prompt),
    reference,
    arms: Object.fromEntries(
      Object.entries(arms).map(([arm, outcomes]) => [arm, {
        ...accuracy(outcomes),
        prompts: outcomes.map((each) => each.filter(Boolean).length / each.length),
      }]),
    ),
    comparisons: LEARNED.flatMap((arm) =>
      ["base", "dpc"].map((against) => ({
        arm,
        against,
        ...Statistics.comparePaired(arms[arm]!, arms[against]!),
      }))
    ),
    gap: Object.fromEntries(
      LEARNED.map((arm) => [
        arm,
        (mean(arm) - mean(reference)) / (mean("oracle") - mean(reference)),
      ]),
    ),
    curve,
    transfer: transfers(prompts).map(({ name, from, to }) => {
      const outcomes = (of: (each: Arm.ChoiceObservation) => boolean) =>
        to.map((observations) => observations.map(of));
      return {
        name,
        base: accuracy(outcomes(({ right }) => right.base)).accuracy,
        pt: accuracy(outcomes(({ right }) => right.pt)).accuracy,
        arms: Object.fromEntries(
          LEARNED.map((arm) => [
            arm,
            accuracy(to.map((each, i) => Arm.transferredOutcomes(arm, from[i]!, each))).accuracy,
          ]),
        ),
      };
    }),
  };
}

type PromptObservations = readonly (readonly Arm.ChoiceObservation[])[];

interface Transfer {
  readonly name: string;
  /** Of each prompt, what is fitted on and what is tested. */
  readonly from: PromptObservations;
  readonly to: PromptObservations;
}

/** From each value of a stratum to the others, and from the other prompts' first half to each prompt's second half. */
function transfers(prompts: PromptObservations): readonly Transfer[] {
  const strata = prompts[0]![0]!.strata;
  const split = (name: string, isFrom: (each: Arm.ChoiceObservation) => boolean): Transfer => ({
    name,
    from: prompts.map((each) => each.filter(isFrom)),
    to: prompts.map((each) => each.filter((one) => !isFrom(one))),
  });
  const within = Object.keys(strata).flatMap((key) => {
    const values = [...new Set(prompts[0]!.map(({ strata }) => strata[key]!))].sort();
    return values.map((value) =>
      split(`${key} ${value} to the others`, (each) => each.strata[key] === value)
    );
  });
  if (prompts.length < 2) return within;
  const half = Math.floor(prompts[0]!.length / 2);
  return [...within, {
    name: "the other prompts to this one",
    from: prompts.map((own) =>
      prompts.filter((other) => other !== own).flatMap((each) => each.slice(0, half))
    ),
    to: prompts.map((own) => own.slice(half)),
  }];
}

function tablesOf({ n, prompts, reference, arms, comparisons, gap, curve, transfer }: Measured) {
  const { right } = Table;
  const accuracies = Table.render(
    [
      "arm",
      right("accuracy"),
      "95 % interval",
      ...prompts.map(right),
      right("of the gap to the oracle"),
    ],
    Object.entries(arms).map(([name, arm]) => [
      name,
      Table.percent(arm.accuracy),
      Table.percentInterval(arm.interval),
      ...arm.prompts.map(Table.percent),
      gap[name] === undefined ? "" : Table.percent(gap[name]),
    ]),
  );
  const compared = Table.render(
    ["arm", "against", right("difference"), "95 %, these prompts", right("p"), "95 %, new prompts"],
    comparisons.map(({ arm, against, difference, interval, pValue, newPrompts }) => [
      arm,
      against,
      Table.points(difference),
      Table.pointsInterval(interval),
      Table.pValue(pValue),
      Table.pointsInterval(newPrompts?.interval ?? null),
    ]),
  );
  const learning = Table.render(
    ["training rows", ...CURVED.map(right)],
    curve.map(({ rows, arms }) => [
      String(rows),
      ...CURVED.map((arm) => Table.percent(arms[arm] ?? null)),
    ]),
  );
  const transferred = Table.render(
    ["fitted on", ...["base", "pt", ...LEARNED].map(right)],
    transfer.map(({ name, base, pt, arms }) => [
      name,
      Table.percent(base),
      Table.percent(pt),
      ...LEARNED.map((arm) => Table.percent(arms[arm] ?? null)),
    ]),
  );
  return [
    `\n${n} examples under ${prompts.length} prompts; everything of an arm is chosen on other folds.`,
    accuracies,
    `The gap is that from ${reference}, the better of base and dpc, to the oracle, which is right where any answer is.`,
    compared,
    ...curve.length === 0 ? [] : [learning],
    transferred,
  ].join("\n\n");
}
