/**
 * `dpc worker`: works on the examples of a run that another machine coordinates (`dpc evaluate --queue ...`).
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { Console, Effect, Either, Option } from "effect";
import { ArmChoice } from "./cli/arm_choice.ts";
import * as Shared from "./cli/options.ts";
import * as Output from "./cli/output.ts";
import { promptArmsOf, promptsOfPlan } from "./cli/prompts.ts";
import { addressOf, notice, queue } from "./cli/queue_options.ts";
import packageJson from "../package.json" with { type: "json" };
import { describeModel, Model, openModel } from "../lib/stage/mod.ts";
import { localEvaluator } from "../lib/arm/mod.ts";
import { checkIdentity, codeHash, findRun, QueueError, work } from "../lib/queue/mod.ts";
import { decode } from "../lib/schema/mod.ts";
import { byName as taskByName } from "../lib/task/mod.ts";

/** Examples taken for each that is generated at a time: saliency and scoring take their turns too, but what waits here others can't take. */
const AT_HAND = 1.25;

const options = {
  queue,
  model: Shared.model,
  ...Shared.placementOptions,
  batch: Shared.count("batch").pipe(
    Options.optional,
    Options.withDescription(
      "Examples taken at a time; by default a quarter more than are generated at a time",
    ),
  ),
  lock: Shared.count("lock").pipe(
    Options.withDefault(15),
    Options.withDescription("Seconds of silence after which an example goes to another worker"),
  ),
  wait: Shared.count("wait", 0).pipe(
    Options.withDefault(600),
    Options.withDescription("Seconds to wait for a run"),
  ),
};

/** The command. */
export const command = Command.make(
  "worker",
  options,
  (given) =>
    Effect.scoped(Effect.gen(function* () {
      const { model: directory, workers, threads, slots, quantization, lock, wait: patience } =
        given;
      const address = yield* addressOf(given.queue);
      const run = yield* findRun({ address, patience, notice });
      if (run === undefined) return yield* Console.log("The run is over.");
      const { plan } = run;
      const prompts = promptsOfPlan(plan);
      yield* checkIdentity(plan, {
        model: (yield* describeModel(directory, Option.getOrUndefined(quantization))).fingerprint,
        code: yield* codeHash(packageJson.dependencies),
        task: plan.task,
        prompts: Object.fromEntries(prompts.map(({ prompt }) => [prompt.name, prompt.hash])),
      });
      const task = yield* taskByName(
        plan.task,
        plan.extractor === undefined ? {} : { extractor: plan.extractor },
      );
      const arms = yield* Either.mapLeft(
        decode(ArmChoice)(plan.arms),
        (reason) => new QueueError({ reason: `Cannot read the arms of the run: ${reason}` }),
      );
      const promptArms = yield* promptArmsOf(prompts, arms, plan.seed);
      const model = yield* openModel({
        directory,
        ...Shared.given({ workers, threads, slots, quantization }),
      });
      const { placement } = model;
      const batch = Option.getOrElse(
        given.batch,
        () => Math.ceil(AT_HAND * placement.workers * placement.slots),
      );
      yield* Console.log(`Working for ${address.shown}, ${batch} examples at a time`);
      const finished = yield* work({ address, run: run.id, batch, lock, patience, notice }).pipe(
        Effect.provide(localEvaluator(task, promptArms)),
        Effect.provideService(Model, model),
      );
      yield* Console.log(`The run is over: ${finished} examples were finished here.`);
    })),
).pipe(Command.withDescription(Output.describe(
  "Works on the examples of a run that `dpc evaluate --queue ...` coordinates; it may come and go at any time.",
  [
    [
      "For a run of the embedded model on this machine",
      "npx dpc worker --queue redis://127.0.0.1:6379/0",
    ],
    [
      "For a run elsewhere, encrypted",
      "DPC_QUEUE_PASSWORD=... npx dpc worker --queue rediss://HOST:6379/0 --model MODEL",
    ],
  ],
)));
