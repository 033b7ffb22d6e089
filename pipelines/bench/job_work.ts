/**
 * Rows of the benchmark that run arms over the embedded problems.
 *
 * @module
 */
import { Effect, Either, Stream } from "effect";
import { type Prepare, rowsOf, timed } from "./row.ts";
import { EMBEDDED_MODEL } from "../cli/options.ts";
import { byName, evaluate } from "../../lib/arm/mod.ts";
import { Model, openModel, Stage } from "../../lib/stage/mod.ts";
import type { Placement } from "../../lib/model/mod.ts";
import { loadCalibration, loadPrompt } from "../../lib/prompt/mod.ts";
import { byName as taskByName, examples } from "../../lib/task/mod.ts";

/** The embedded model's prompt that whole jobs use. */
const EMBEDDED_PROMPT = "data/prompts/seed0";

/** Arms over the first problems of the benchmark's test split, on the embedded model. */
function job(
  names: readonly string[],
  { problems, placement, rounds = 1 }: {
    readonly problems: number;
    /** How often each problem comes; once by default. */
    readonly rounds?: number;
    readonly placement: Partial<Placement>;
  },
) {
  return Effect.gen(function* () {
    const model = yield* openModel({ directory: EMBEDDED_MODEL, ...placement });
    const task = yield* taskByName("word-problems");
    const prompt = yield* loadPrompt(EMBEDDED_PROMPT, model.config.hiddenSize);
    const calibration = yield* loadCalibration(EMBEDDED_PROMPT, prompt);
    const arms = yield* Either.all(names.map((name) => byName(name, { calibration, seed: 0 })));
    const tokenized = yield* examples(task, {
      path: "data/benchmark",
      split: "test",
      limit: problems,
    }).pipe(
      Stage.streamed(Stage.tokenize(task)),
      Stream.runCollect,
      Effect.provideService(Model, model),
    );
    const all = Array.from({ length: rounds }, () => [...tokenized]).flat();
    const run = Stream.fromIterable(all).pipe(
      Stage.streamed(evaluate(task, { prompt, arms })),
      Stream.runCount,
      Effect.provideService(Model, model),
    );
    return { run: timed(run), tokenized, task, prompt, calibration };
  });
}

/** The whole job, both batched. */
export const wholeJob: Prepare = ({ problems, threads }) =>
  Effect.gen(function* () {
    const placement = { workers: threads, threads: 1 };
    const { run, tokenized, task, prompt, calibration } = yield* job(
      ["base", "pt", "dpc:affectedRatio"],
      { problems, placement },
    );
    return {
      ours: run,
      against: {
        work: "job",
        directory: EMBEDDED_MODEL,
        texts: Array.from(tokenized, ({ prefixIds, ids }) => [...prefixIds, ...ids]),
        vectors: rowsOf(prompt.vectors, prompt.vectors.length / prompt.virtualTokens),
        tokens: task.maxNewTokens,
        beta: calibration?.beta ?? 0,
        rho: calibration?.triggers["affectedRatio"]?.threshold ?? 0,
      },
    };
  });

/** Pt and dpc in one run against pt alone. */
export const dpcAgainstPt: Prepare = ({ problems, threads }) =>
  Effect.gen(function* () {
    const placement = { workers: threads, threads: 1 };
    const alone = yield* job(["pt"], { problems, placement });
    const both = yield* job(["pt", "dpc:affectedRatio"], { problems, placement });
    return { ours: both.run, against: alone.run };
  });

/** Two workers with one thread against one worker with two threads. */
export const twoWorkers: Prepare = ({ problems }) =>
  Effect.gen(function* () {
    const arms = ["base", "pt", "dpc:affectedRatio"];
    const two = yield* job(arms, { problems, placement: { workers: 2, threads: 1 } });
    const one = yield* job(arms, { problems, placement: { workers: 1, threads: 2 } });
    return { ours: two.run, against: one.run };
  });

/** The same problems ten times over, seconds for each. */
export const linear: Prepare = ({ problems, threads }) =>
  Effect.gen(function* () {
    const placement = { workers: threads, threads: 1 };
    const few = yield* job(["pt"], { problems, placement });
    const many = yield* job(["pt"], { problems, placement, rounds: 10 });
    return { ours: many.run, against: few.run };
  });
