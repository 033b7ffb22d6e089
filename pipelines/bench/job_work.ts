/**
 * Rows of the benchmark that run arms over the embedded problems.
 *
 * @module
 */
import { Effect, Either, Stream } from "effect";
import { type BenchOptions, type Prepare, rowsOf, timed } from "./row.ts";
import { EMBEDDED_MODEL } from "../cli/options.ts";
import { byName, evaluate } from "../../lib/arm/mod.ts";
import { Model, openModel, Stage } from "../../lib/stage/mod.ts";
import type { Placement } from "../../lib/model/mod.ts";
import { loadCalibration, loadPrompt } from "../../lib/prompt/mod.ts";
import { byName as taskByName, examples } from "../../lib/task/mod.ts";

/** The embedded model's prompt that whole jobs use. */
const EMBEDDED_PROMPT = "data/prompts/seed0";

/** Three arms that share what they can. */
const ARMS = ["base", "pt", "dpc:affectedRatio"];

/** How arms are run over the first problems of the benchmark's test split, on the embedded model. */
interface JobOptions {
  readonly arms: readonly string[];
  /** How often each problem comes; once by default. */
  readonly rounds?: number;
  /** A worker with one thread for each thread by default. */
  readonly placement?: Partial<Placement>;
}

function job(
  { problems, threads }: BenchOptions,
  { arms: names, rounds = 1, ...more }: JobOptions,
) {
  return Effect.gen(function* () {
    const { placement = { workers: threads, threads: 1 } } = more;
    const model = yield* openModel({ directory: EMBEDDED_MODEL, ...placement });
    const task = yield* taskByName("word-problems");
    const prompt = yield* loadPrompt(EMBEDDED_PROMPT, model.config);
    const calibration = yield* loadCalibration(EMBEDDED_PROMPT, prompt);
    const arms = yield* Either.all(names.map((name) => byName(name, { calibration, seed: 0 })));
    const file = { path: "data/benchmark", split: "test" };
    const tokenized = yield* examples(task, { ...file, limit: problems }).pipe(
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
export const wholeJob: Prepare = (options) =>
  Effect.gen(function* () {
    const { run, tokenized, task, prompt, calibration } = yield* job(options, { arms: ARMS });
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

/** One job beside another. */
const compared = (ours: JobOptions, other: JobOptions): Prepare => (options) =>
  Effect.gen(function* () {
    const against = yield* job(options, other);
    return { ours: (yield* job(options, ours)).run, against: against.run };
  });

/** Pt and dpc in one run against pt alone. */
export const dpcAgainstPt = compared({ arms: ["pt", "dpc:affectedRatio"] }, { arms: ["pt"] });

/** Two workers with one thread against one worker with two threads. */
export const twoWorkers = compared(
  { arms: ARMS, placement: { workers: 2, threads: 1 } },
  { arms: ARMS, placement: { workers: 1, threads: 2 } },
);

/** The same problems ten times over, seconds for each. */
export const linear = compared({ arms: ["pt"], rounds: 10 }, { arms: ["pt"] });
