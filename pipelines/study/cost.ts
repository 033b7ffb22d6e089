/**
 * `dpc cost`: what each arm costs beside what it is worth. Each is run alone, so that it pays for all that it asks for.
 *
 * @module
 */
import { Chunk, Console, Duration, Effect, pipe, Stream } from "effect";
import { namedArms } from "../cli/arm_choice.ts";
import { program } from "../cli/command.ts";
import { chooseData, datasetOptions } from "../cli/dataset_options.ts";
import { json } from "../cli/finished_run.ts";
import * as Option from "../cli/options.ts";
import { loadPrompts, promptArmsOf, promptOptions } from "../cli/prompts.ts";
import { chooseTemplate, templateOptions } from "../cli/template_option.ts";
import { evaluate } from "../../lib/arm/mod.ts";
import { summarise } from "../../lib/results/mod.ts";
import { describeModel, inspectModel, Model, openModel, Stage } from "../../lib/stage/mod.ts";
import { Table } from "../../lib/terminal/mod.ts";
import { examples } from "../../lib/task/mod.ts";

/** Questions that are answered before the clock starts, so that graphs are compiled. */
const WARM_UP = 8;

/** The command. */
export const command = program({
  name: "cost",
  about:
    "Runs each arm alone and prints its accuracy beside tokens, flow passes and seconds per answer.",
  examples: {
    "On the embedded dev split": "npx dpc cost --arms base,pt,dpc,route,select --limit 200",
  },
  options: {
    ...Option.grouped("Model", {
      model: Option.model,
      adapter: Option.adapter,
      ...promptOptions(["0"]),
    }),
    arms: Option.list("Arms, separated by commas", ["base", "pt", "dpc", "route", "select"]),
    ...datasetOptions,
    split: Option.text("Which split to read when --data is a folder", "dev"),
    ...templateOptions,
    maxNewTokens: Option.maxNewTokens,
    seed: Option.seed,
    ...Option.placementOptions,
    json,
  },
}, function* (args) {
  const { task, selection, rows } = yield* chooseData(args);
  const template = yield* chooseTemplate(task, { ...args, data: selection.path });
  const files = yield* inspectModel(args.model, args.adapter);
  const prompts = yield* loadPrompts(args, files.config);
  const promptArms = yield* promptArmsOf(prompts, namedArms(args.arms), args);
  const described = yield* describeModel(args.model, args.quantization, files);
  const model = yield* openModel(yield* Option.placed(args), described);
  const tokenize = { template, ...Option.defined({ maxNewTokens: args.maxNewTokens }) };
  const tokenized = examples(task, rows).pipe(Stage.streamed(Stage.tokenize(task, tokenize)));
  const measured = yield* Effect.forEach(args.arms, (name, at) =>
    Effect.gen(function* () {
      const run = (questions: typeof tokenized) =>
        Effect.forEach(promptArms, ({ prompt, arms }) =>
          pipe(
            questions,
            Stage.streamed(evaluate(task, { prompt, arms: [arms[at]!] })),
            Stream.runCollect,
          ));
      yield* run(Stream.take(tokenized, WARM_UP));
      const [duration, samples] = yield* Effect.timed(run(tokenized));
      const all = samples.flatMap((each) => Chunk.toReadonlyArray(each));
      const { accuracy, interval, tokens, flowPasses } = summarise(task.name, all).arms[name]!;
      const seconds = Duration.toSeconds(duration) / all.length;
      return { arm: name, n: all.length, accuracy, interval, tokens, flowPasses, seconds };
    })).pipe(Effect.provideService(Model, model));
  const { right } = Table;
  const cheapest = measured.find(({ arm }) => arm === "pt") ?? measured[0]!;
  const titles = ["n", "accuracy"].map(right);
  const costs = ["tokens", "flow passes", "seconds", `seconds / ${cheapest.arm}`].map(right);
  yield* Console.log(
    args.json ? JSON.stringify(measured, null, 2) : Table.render(
      ["arm", ...titles, "95 % interval", ...costs],
      measured.map(({ arm, n, accuracy, interval, tokens, flowPasses = 0, seconds }) => [
        arm,
        n,
        Table.percent(accuracy),
        Table.percentInterval(interval),
        tokens.toFixed(1),
        flowPasses.toFixed(2),
        seconds.toPrecision(3),
        (seconds / cheapest.seconds).toFixed(2),
      ]),
    ),
  );
});
