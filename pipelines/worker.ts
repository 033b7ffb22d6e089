/**
 * `dpc worker`: works on the examples of a run that another machine coordinates (`dpc evaluate --queue ...`).
 *
 * @module
 */
import { Console, Effect, Either } from "effect";
import { ArmChoice } from "./cli/arm_choice.ts";
import { program } from "./cli/command.ts";
import * as Option from "./cli/options.ts";
import { promptArmsOf, promptsOfPlan } from "./cli/prompts.ts";
import { addressOf, log, requiredQueue } from "./cli/queue_options.ts";
import packageJson from "../package.json" with { type: "json" };
import { describeModel, inspectModel, Model, openModel } from "../lib/stage/mod.ts";
import { localEvaluator } from "../lib/arm/mod.ts";
import { checkIdentity, codeHash, findRun, type Plan, QueueError, work } from "../lib/queue/mod.ts";
import { decode } from "../lib/schema/mod.ts";
import { byName as taskByName } from "../lib/task/mod.ts";

/** Examples taken for each that is generated at a time: saliency and scoring take their turns too, but what waits here others can't take. */
const PREFETCH_FACTOR = 1.25;

/** The command. */
export const command = program({
  name: "worker",
  about:
    "Works on the examples of a run that `dpc evaluate --queue ...` coordinates; it may come and go at any time.",
  examples: {
    "For a run of the embedded model on this machine":
      "npx dpc worker --queue redis://127.0.0.1:6379/0",
    "For a run elsewhere, encrypted":
      "DPC_QUEUE_PASSWORD=... npx dpc worker --queue rediss://HOST:6379/0 --model MODEL",
  },
  options: {
    queue: requiredQueue,
    model: Option.model,
    adapter: Option.adapter,
    ...Option.placementOptions,
    batch: Option.count(
      "Examples taken at a time; by default a quarter more than are generated at a time",
    ),
    lock: Option.count("Seconds of silence after which an example goes to another worker", 15),
    wait: Option.atLeast(0)("Seconds to wait for a run", 600),
  },
}, function* ({ queue, lock, wait: waitTimeout, ...args }) {
  const address = yield* addressOf(queue);
  const described = yield* describeModel(
    args.model,
    args.quantization,
    yield* inspectModel(args.model, args.adapter),
  );
  const { fingerprint: model, tokenizerHash: tokenizer } = described;
  const options = yield* Option.placed(args);
  const code = yield* codeHash(packageJson.dependencies);
  const accepts = (plan: Plan) =>
    checkIdentity(plan, {
      ...{ model, tokenizer, code, device: options.device.name },
      task: plan.task,
      prompts: Object.fromEntries(
        promptsOfPlan(plan).map(({ prompt }) => [prompt.name, prompt.hash]),
      ),
    });
  const find = { address, log, accepts };
  let run = yield* findRun({ ...find, waitTimeout });
  if (run === undefined) return yield* Console.log("The run is over.");
  const opened = yield* openModel(options, described);
  const { workers, slots } = opened.placement;
  const { batch = Math.ceil(PREFETCH_FACTOR * workers * slots) } = args;
  while (run !== undefined) {
    yield* Console.log(`Working for ${address.shown}, ${batch} examples at a time`);
    const finished: number = yield* work({ address, run, batch, lock, waitTimeout, log }).pipe(
      Effect.provide(yield* evaluatorOf(run.plan)),
      Effect.provideService(Model, opened),
    );
    yield* Console.log(`The run is over: ${finished} examples were finished here.`);
    // another on this server may have fewer workers than it could use
    run = yield* Effect.orElseSucceed(findRun({ ...find, waitTimeout: 0 }), () => undefined);
  }
});

/** What works on the examples of a plan. */
function evaluatorOf(plan: Plan) {
  return Effect.gen(function* () {
    const task = yield* taskByName(plan.task, Option.defined({ extractor: plan.extractor }));
    const arms = yield* Either.mapLeft(
      decode(ArmChoice)(plan.arms),
      (reason) => new QueueError({ reason: `Cannot read the arms of the run: ${reason}` }),
    );
    return localEvaluator(task, yield* promptArmsOf(promptsOfPlan(plan), arms, plan));
  });
}
