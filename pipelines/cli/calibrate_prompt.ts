/**
 * Calibrating a prompt: what `dpc calibrate` does, for programs that do it among other things.
 *
 * @module
 */
import type { FileSystem } from "@effect/platform";
import { Chunk, Effect, pipe, Stream } from "effect";
import {
  Corruption,
  deepLayers,
  type LayerRange,
  probes,
  SALIENCY,
  shallowLayers,
} from "../../lib/dpc/mod.ts";
import { describeTemplate } from "./template_option.ts";
import * as Arm from "../../lib/arm/mod.ts";
import { Model, Stage } from "../../lib/stage/mod.ts";
import { oneOf, Registry } from "../../lib/registry/mod.ts";
import { Progress } from "../../lib/terminal/mod.ts";
import * as Prompt from "../../lib/prompt/mod.ts";
import type { Loss, SinkRule } from "../../lib/model/mod.ts";
import type { DatasetError, Example, Task } from "../../lib/task/mod.ts";

/** Loss of the saliency by default: dev of both measured models prefers the sum (lib/dpc/README.md, "Saliency"). */
export const LOSS: Loss = "sum";

/** What is calibrated beside the paper's choices by default: what costs a forward pass at most. */
export const STANDARD = {
  probes: ["attention"],
  corruptions: ["accumulatedAll", "accumulatedLate", "sink"],
} as const;

/** Vectors of a prompt up to which every position is tried for a static corruption by default, an answer each. */
export const MAX_POSITIONS = 16;

/** Probes beside saliency. */
const OTHER_PROBES = Registry.names(probes).filter((name) => name !== SALIENCY.name);

/** A prompt and the development examples it is calibrated on. */
export interface CalibrationJob {
  /** Directory of the prompt. */
  readonly directory: string;
  readonly task: Task;
  /** Each time from their start; never of the test split. */
  readonly examples: Stream.Stream<Example, DatasetError, FileSystem.FileSystem>;
  /** Name of the split, recorded. */
  readonly split: string;
  readonly tokenize: Stage.TokenizeOptions;
  readonly gamma: number;
  /** Layers that count as shallow and as deep; halves by default. */
  readonly shallow?: LayerRange;
  readonly deep?: LayerRange;
  /** Loss of the saliency; {@linkcode LOSS} by default. */
  readonly loss?: Loss;
  /** Probes that are calibrated beside saliency, and corruptions that the arm best is chosen among; those of {@linkcode STANDARD} by default. */
  readonly probes?: readonly string[];
  readonly corruptions?: readonly string[];
  /** Vectors of a prompt up to which every position is tried; {@linkcode MAX_POSITIONS} by default. */
  readonly positions?: number;
  /**
   * Examples on which each head is tried for ACT; 0 calibrates all heads that may be. By default the heads stay that were chosen
   * before.
   */
  readonly act?: number;
  /** The same for ACT as the code of its authors has it. */
  readonly actCode?: number;
  /** Examples on which the contrast is chosen, with an answer for each of {@linkcode Arm.CONTRASTS}; by default it stays. */
  readonly contrast?: number;
  /**
   * Whether to learn the models of the arms route and select, which takes three more answers for each example. By default those stay that
   * were learned before, with the same corruptions.
   */
  readonly learn?: boolean;
}

/** Chooses beta, the thresholds of all triggers and the heads of ACT, and keeps them with the prompt. */
export function calibratePrompt(job: CalibrationJob) {
  return Effect.gen(function* () {
    const { directory, task, examples, split, gamma, loss = LOSS } = job;
    const { config, fingerprint, adapter, tokenizerHash, device } = yield* Model;
    const prompt = yield* Prompt.loadPrompt(directory, config);
    const layers = {
      shallow: job.shallow ?? shallowLayers(config.layers),
      deep: job.deep ?? deepLayers(config.layers),
    };
    const total = yield* Stream.runCount(examples);
    if (total === 0) {
      return yield* new Prompt.PromptError({
        directory,
        reason: "there are no rows to calibrate it on",
      });
    }
    const others = yield* Effect.forEach(
      job.probes ?? STANDARD.probes,
      (name) => oneOf("probe", name, OTHER_PROBES),
    );
    const settings = { seed: 0, gamma, layers: layers.shallow, deep: layers.deep };
    const corruptions = yield* Effect.forEach(
      job.corruptions ?? STANDARD.corruptions,
      (name) =>
        Effect.map(
          Corruption.find(name),
          ({ make }) => make({ ...settings, probe: { ...SALIENCY, loss } }),
        ),
    );
    const observations = yield* pipe(
      examples,
      Stage.streamed(Stage.tokenize(task, job.tokenize)),
      Stage.streamed(Arm.observe({
        task,
        prompt,
        gamma,
        loss,
        probes: others,
        corruptions,
        everyPosition: prompt.virtualTokens <= (job.positions ?? MAX_POSITIONS),
        ...layers,
      })),
      Progress.track({ label: "calibrate", total }, ({ first, second }) => ({
        outcomes: [["pt", first], ["untriggered", second]] as const,
      })),
      Stream.runCollect,
    );
    const before = yield* calibratedBefore(directory, prompt);
    const act = job.act === undefined ? before?.act : {
      ...Arm.ACT_STANDARD,
      ...yield* chooseHeads(job, prompt, { label: "act", rows: job.act, ...Arm.ACT_STANDARD }),
    };
    const actCode = job.actCode === undefined ? before?.actCode : {
      ...Arm.ACT_CODE,
      ...yield* chooseHeads(
        job,
        prompt,
        { label: "act:code", rows: job.actCode, ...Arm.ACT_CODE_SEARCH },
      ),
    };
    const contrast = job.contrast === undefined
      ? before?.contrast
      : yield* contrastOn(job, prompt, job.contrast);
    const calibration = Arm.calibrate(Chunk.toReadonlyArray(observations), {
      task: task.name,
      split,
      prompt: prompt.hash,
      model: fingerprint,
      ...(adapter && { adapter }),
      tokenizer: tokenizerHash,
      device: device.name,
      template: describeTemplate(job.tokenize.template ?? task.templates[0]).sha256,
      gamma,
      loss,
      maxNewTokens: job.tokenize.maxNewTokens ?? task.maxNewTokens,
      ...layers,
      ...(act === undefined ? {} : { act }),
      ...(actCode === undefined ? {} : { actCode }),
      ...(contrast === undefined ? {} : { contrast }),
    });
    const learned = yield* learnModels(job, prompt, calibration);
    const complete = learned === undefined ? calibration : Arm.withLearned(calibration, learned);
    yield* Prompt.saveCalibration(directory, complete);
    return complete;
  });
}

/** Settings that a calibration may have been made with; without `act` or `actCode`, its heads do not matter. */
export interface CalibrationSettings {
  readonly rows: number;
  readonly gamma: number;
  readonly maxNewTokens: number;
  readonly act?: number;
  readonly actCode?: number;
  /** {@linkcode LOSS} by default. */
  readonly loss?: Loss;
  /** Fingerprint of the model and SHA-256 of its tokenizer's files and of the template. */
  readonly model: string;
  readonly tokenizer: string;
  readonly template: string;
}

/**
 * Whether a calibration was made with these settings, model, tokenizer and template; of older ones it is not known how long answers might be,
 * nor with which tokenizer and template.
 */
export function matchesSettings(
  { rows, gamma, maxNewTokens, loss, model, tokenizer, template, ...calibration }:
    Prompt.Calibration,
  settings: CalibrationSettings,
): boolean {
  return rows === settings.rows && gamma === settings.gamma && loss === (settings.loss ?? LOSS) &&
    (maxNewTokens ?? settings.maxNewTokens) === settings.maxNewTokens &&
    model === settings.model && (tokenizer ?? settings.tokenizer) === settings.tokenizer &&
    (template ?? settings.template) === settings.template &&
    (["act", "actCode"] as const).every((name) => {
      const asked = settings[name];
      return asked === undefined || calibration[name]?.rows === Math.min(asked, rows);
    });
}

/** The models of the learned arms, or those that were learned before. */
function learnModels(
  { directory, task, examples, tokenize, learn }: CalibrationJob,
  prompt: Prompt.SoftPrompt,
  calibration: Prompt.Calibration,
) {
  return Effect.gen(function* () {
    const { gamma, shallow, loss, positions } = calibration;
    if (!learn) {
      const before = yield* calibratedBefore(directory, prompt);
      // of other corruptions they would know nothing
      const same = before?.gamma === gamma && before.positions?.frequent === positions?.frequent;
      return same ? before?.learned : undefined;
    }
    const observations = yield* pipe(
      examples,
      Stage.streamed(Stage.tokenize(task, tokenize)),
      Stage.streamed(Arm.observeChoices({
        task,
        prompt,
        fixed: Arm.fixedCorruption(calibration),
        corruption: Corruption.accumulated({
          gamma,
          layers: shallow,
          probe: { ...SALIENCY, loss },
        }),
      })),
      Progress.track({ label: "learn", total: calibration.rows }, ({ right: { base, pt } }) => ({
        outcomes: [["base", base], ["pt", pt]] as const,
      })),
      Stream.runCollect,
    );
    return Arm.learn(Chunk.toReadonlyArray(observations));
  });
}

/** What was calibrated before; that of other vectors is of no use. */
const calibratedBefore = (directory: string, prompt: Prompt.SoftPrompt) =>
  Effect.orElseSucceed(Prompt.loadCalibration(directory, prompt), () => undefined);

/** How heads are tried. */
type HeadSearch = SinkRule & Pick<Prompt.ChosenHeads, "beta"> & {
  readonly label: string;
  /** On how many examples. */
  readonly rows: number;
};

/** The heads of ACT, tried on as many examples as asked for. */
function chooseHeads(
  { task, examples, tokenize }: CalibrationJob,
  prompt: Prompt.SoftPrompt,
  { label, rows, ...rule }: HeadSearch,
) {
  return Effect.gen(function* () {
    const candidates = Arm.candidateHeads((yield* Model).config);
    const samples = yield* pipe(
      Stream.take(examples, rows),
      Stage.streamed(Stage.tokenize(task, tokenize)),
      Stage.streamed(Arm.evaluateHeads({ ...rule, task, prompt, candidates })),
      Progress.track({ label, total: rows }, ({ arms }) => ({
        outcomes: [["pt", arms["pt"]!.correct]] as const,
      })),
      Stream.runCollect,
    );
    const heads = rows === 0
      ? candidates
      : Arm.betterHeads(Chunk.toReadonlyArray(samples), candidates);
    return { rows: samples.length, heads };
  });
}

/** The contrast that is best on so many examples. */
const contrastOn = (
  { task, examples, tokenize }: CalibrationJob,
  prompt: Prompt.SoftPrompt,
  rows: number,
) =>
  pipe(
    Stream.take(examples, rows),
    Stage.streamed(Stage.tokenize(task, tokenize)),
    Stage.streamed(Arm.evaluateContrasts({ task, prompt })),
    Progress.track({ label: "contrast", total: rows }, ({ arms }) => ({
      outcomes: [["pt", arms["pt"]!.correct]] as const,
    })),
    Stream.runCollect,
    Effect.map((samples) => Arm.chooseContrast(Chunk.toReadonlyArray(samples))),
  );
