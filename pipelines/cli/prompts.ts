/**
 * The soft prompts of a run: found, loaded, joined with their arms, and put into the plan for workers.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Console, Effect, Either } from "effect";
import { type ArmChoice, makeArms } from "./arm_choice.ts";
import * as Option from "./options.ts";
import { type Arm, ArmError, type ArmFailure, type PromptArms } from "../../lib/arm/mod.ts";
import { SALIENCY } from "../../lib/dpc/mod.ts";
import type { Loss } from "../../lib/model/mod.ts";
import * as Prompt from "../../lib/prompt/mod.ts";
import { oneOf } from "../../lib/registry/mod.ts";
import { decodeVectors, encodeVectors, type Plan } from "../../lib/queue/mod.ts";

/** Prompts of the embedded model, one directory for each seed. */
const EMBEDDED_PROMPTS = "data/prompts";

/** A prompt and what was measured with it. */
export interface CalibratedPrompt {
  readonly prompt: Prompt.SoftPrompt;
  readonly calibration: Prompt.Calibration | undefined;
}

/** `--prompt` and `--prompt-seeds`, of which `standard` are run where neither is given. */
export const promptOptions = (standard: readonly string[]) => ({
  prompt: Option.directory.repeated(
    "Soft prompt in PEFT's format: may be given several times, the results are pooled",
  ),
  promptSeeds: Option.list(
    "Prompts of the embedded model, or all: where no --prompt is given, seeds separated by commas",
    standard,
  ),
});

/** Which prompts were asked for. */
export type PromptChoice = Readonly<Record<"prompt" | "promptSeeds", readonly string[]>> & {
  readonly model: string;
};

/** Loads the prompts asked for, or the embedded model's own; none where neither are. */
export function loadPrompts(choice: PromptChoice, config: Prompt.PromptedModel) {
  return Effect.gen(function* () {
    const directories = yield* directoriesOf(choice);
    yield* checkNames(directories);
    return yield* Effect.forEach(directories, (directory) =>
      Effect.gen(function* () {
        const prompt = yield* Prompt.loadPrompt(directory, config);
        const calibration = yield* Prompt.loadCalibration(directory, prompt);
        return { prompt, calibration } satisfies CalibratedPrompt;
      }));
  });
}

/**
 * Refuses two directories with the same last name, which the ids of samples have. With more of the path in it, the name of a
 * prompt, and so the id of a sample, would depend on what else is run.
 */
function checkNames(directories: readonly string[]) {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const named = new Map<string, string>();
    for (const directory of directories) {
      const name = path.basename(path.resolve(directory));
      const other = named.get(name);
      if (other !== undefined) {
        const message = path.resolve(other) === path.resolve(directory)
          ? `Cannot run the prompt '${directory}' twice in a run: give it once`
          : `Cannot run the prompts '${other}' and '${directory}' together as both are called ` +
            `'${name}': give one of them by a link, or a copy, with another name`;
        return yield* new ArmError({ message });
      }
      named.set(name, directory);
    }
  });
}

function directoriesOf({ model, prompt, promptSeeds }: PromptChoice) {
  return Effect.gen(function* () {
    if (prompt.length > 0 || model !== Option.EMBEDDED_MODEL) return prompt;
    const fs = yield* FileSystem.FileSystem;
    const found = yield* Effect.orElseSucceed(fs.readDirectory(EMBEDDED_PROMPTS), () => []);
    const known = found.filter((name) => name.startsWith("seed")).sort();
    const seeds = promptSeeds.includes("all") ? known : promptSeeds.map((seed) => `seed${seed}`);
    return yield* Effect.forEach(seeds, (seed) =>
      Effect.map(
        oneOf("prompt seed", seed, known),
        (name) => `${EMBEDDED_PROMPTS}/${name}`,
      ));
  });
}

/** What there is for a LoRA. */
const OF_A_LORA =
  "a LoRA has no positions that DPC could corrupt, so --adapter alone has the arm base, the model with the LoRA " +
  "(`npx dpc compare` sets it beside a run without --adapter); give --prompt DIR for pt, dpc and controls on top of it";

/** The arms under each prompt; one without vectors where no arm needs any. */
export function promptArmsOf(
  prompts: readonly CalibratedPrompt[],
  choice: ArmChoice,
  { seed, adapter }: { readonly seed: number; readonly adapter?: string | undefined },
): Either.Either<readonly PromptArms[], ArmFailure> {
  if (prompts.length > 0) {
    return Either.all(
      prompts.map(({ prompt, calibration }) =>
        Either.map(makeArms(choice, { calibration, seed }), (arms) => ({ prompt, arms }))
      ),
    );
  }
  return Either.gen(function* () {
    const parts = "names" in choice
      ? choice.names.map((name) => [name, { ...choice, names: [name] }] as const)
      : [["the arms of a grid", choice] as const];
    const arms: Arm.Arm[] = [];
    const needing: string[] = [];
    for (const [label, part] of parts) {
      const made = makeArms(part, { calibration: undefined, seed });
      // what lacks a calibration here lacks the prompt that would have it
      const uncalibrated = Either.isLeft(made) && made.left._tag === "NotCalibrated";
      const own = uncalibrated ? [] : yield* made;
      if (uncalibrated || own.some(({ prompted }) => prompted)) needing.push(label);
      arms.push(...own);
    }
    if (needing.length === 0) return [{ prompt: Prompt.NO_PROMPT, arms }];
    const message = `Cannot run ${needing.join(", ")} without a soft prompt: ` +
      (adapter === undefined ? "give --prompt DIR" : OF_A_LORA);
    return yield* Either.left(new ArmError({ message }));
  });
}

/** Warns of prompts whose dpc.json was measured with another model: its thresholds need not hold. */
export const warnOfOtherModel = (
  prompts: readonly CalibratedPrompt[],
  fingerprint: string,
): Effect.Effect<void> => {
  const others = prompts.filter(({ calibration }) =>
    calibration !== undefined && calibration.model !== fingerprint
  );
  return others.length === 0 ? Effect.void : Console.error(
    `dpc.json of ${
      others.map(({ prompt }) => `'${prompt.name}'`).join(", ")
    } was calibrated with ` +
      "another model, adapter or --quantize: calibrate again with those of this run",
  );
};

/** The loss that the prompts were calibrated with, by which the flows of a run are measured; the mean without a calibration. */
export function lossOf(prompts: readonly CalibratedPrompt[]): Either.Either<Loss, ArmError> {
  const losses = new Set(prompts.map(({ calibration }) => calibration?.loss ?? SALIENCY.loss));
  const [loss = SALIENCY.loss] = losses;
  const message =
    "Cannot run prompts together that were calibrated with different losses: calibrate them again";
  return losses.size > 1 ? Either.left(new ArmError({ message })) : Either.right(loss);
}

/** The name of the arm to be tested alone: one of the run's that is compared with pt, which must be among them. */
export function primaryOf(
  name: string,
  arms: PromptArms["arms"],
): Either.Either<string, ArmFailure> {
  const names = arms.map((arm) => arm.name);
  return Either.flatMap(
    oneOf("arm", name, names.filter((each) => each !== "pt")),
    () =>
      names.includes("pt") ? Either.right(name) : Either.left(
        new ArmError({ message: `Cannot test '${name}' against pt as the run has no arm pt` }),
      ),
  );
}

/** Prompts as a plan has them. */
export const plannedPrompts = (prompts: readonly CalibratedPrompt[]): Plan["prompts"] =>
  prompts.map(({ prompt: { name, method, virtualTokens, vectors, hash }, calibration = null }) => ({
    name,
    method,
    virtualTokens,
    vectors: encodeVectors(vectors),
    sha256: hash,
    calibration,
  }));

/** Prompts out of a plan. */
export const promptsOfPlan = ({ prompts }: Plan): readonly CalibratedPrompt[] =>
  prompts.map(({ vectors, calibration, ...prompt }) => ({
    prompt: new Prompt.SoftPrompt({ ...prompt, vectors: decodeVectors(vectors) }),
    calibration: calibration ?? undefined,
  }));
