/**
 * Seconds of arms against those of pt on the embedded model, in rounds that run each of them on the same rows: on a busy machine only the
 * ratios within a round mean anything.
 *
 * node --import tsx test/tools/method/arm_seconds.ts PROMPT [ROWS] [ROUNDS]
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { Console, Duration, Effect, Either, Stream } from "effect";
import { type Arm, type ArmFailure, byName, evaluate, grid } from "../../../lib/arm/mod.ts";
import { loadCalibration, loadPrompt } from "../../../lib/prompt/mod.ts";
import { Model, openModel, Stage } from "../../../lib/stage/mod.ts";
import { examples, wordProblems } from "../../../lib/task/mod.ts";

const [directory = "data/prompts/seed0", rows = "40", rounds = "5"] = process.argv.slice(2);

/** Twelve arms of four triggers and three corruptions, beside base and pt. */
const GRID = {
  triggers: ["always", "dpc", "affectedRatio", "length"],
  corruptions: ["accumulated", "static", "otherPosition"],
  gammas: [0.1],
  ks: [2],
  rhos: [],
};

const named = ["length/static", "lowestConfidence/static", "dpc", "best"];

const program = Effect.gen(function* () {
  const model = yield* openModel({ directory: "data/model", workers: 1, threads: 1 });
  const prompt = yield* loadPrompt(directory, model.config);
  const options = { calibration: yield* loadCalibration(directory, prompt), seed: 0 };
  const one = (name: string): Either.Either<readonly Arm.Arm[], ArmFailure> =>
    Either.map(byName(name, options), (arm) => [arm]);
  const configurations: readonly (readonly [string, readonly Arm.Arm[]])[] = [
    ["pt", yield* one("pt")],
    ...yield* Effect.forEach(
      named,
      (name) => Effect.map(one(name), (arms) => [name, arms] as const),
    ),
    ["12 arms", (yield* grid({ ...options, ...GRID })).slice(2)],
  ];
  const tokenized = yield* Stream.runCollect(
    examples(wordProblems, { path: "data/benchmark", split: "dev", limit: Number(rows) }).pipe(
      Stage.streamed(Stage.tokenize(wordProblems)),
    ),
  ).pipe(Effect.provideService(Model, model));
  const run = (arms: readonly Arm.Arm[]) =>
    Effect.map(
      Effect.timed(
        Stream.fromIterable(tokenized).pipe(
          Stage.streamed(evaluate(wordProblems, { prompt, arms })),
          Stream.runDrain,
        ),
      ),
      ([duration]) => Duration.toSeconds(duration),
    ).pipe(Effect.provideService(Model, model));
  // compiles the graphs
  yield* Effect.forEach(configurations, ([, arms]) => run(arms));
  const ratios = new Map<string, number[]>(configurations.map(([name]) => [name, []]));
  for (let round = 0; round < Number(rounds); round++) {
    const seconds = new Map<string, number>();
    for (let i = 0; i < configurations.length; i++) {
      const [name, arms] = configurations[(round + i) % configurations.length]!;
      seconds.set(name, yield* run(arms));
    }
    for (const [name, list] of ratios) list.push(seconds.get(name)! / seconds.get("pt")!);
  }
  for (const [name, list] of ratios) {
    const sorted = list.toSorted((a, b) => a - b);
    const [median, low, high] = [sorted[sorted.length >> 1]!, sorted[0]!, sorted.at(-1)!];
    yield* Console.log(
      `${name}: ${median.toFixed(2)} times pt (${low.toFixed(2)} to ${high.toFixed(2)})`,
    );
  }
});

Effect.runPromise(program.pipe(Effect.scoped, Effect.provide(NodeContext.layer)));
