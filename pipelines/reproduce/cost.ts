/**
 * What a study will cost, said before it begins: tokens, hours on this machine by a short calibration, gigabytes.
 *
 * @module
 */
import { Duration, Effect, Stream } from "effect";
import { defined } from "../cli/options.ts";
import type { Given } from "./options.ts";
import type { Source } from "./prompts.ts";
import { StudyError, type StudyRows } from "./rows.ts";
import { deepLayers, shallowLayers } from "../../lib/dpc/mod.ts";
import { SoftPrompt } from "../../lib/prompt/mod.ts";
import { Model, Stage } from "../../lib/stage/mod.ts";
import { observe } from "../../lib/arm/mod.ts";
import { Table } from "../../lib/terminal/mod.ts";
import { type Checkpoint, copyBytes, Memory, type TuningText } from "../../lib/model/mod.ts";

/** How much is computed beside what the options say. */
export interface StudySize {
  /** Answers generated for each test example under one prompt, not counting those that arms share. */
  readonly answers: number;
  /** Answers in choosing the heads of the arms act and act:code for one prompt; 0 without them. */
  readonly trials: number;
  /** Test examples of each set, how long an answer may be, and whether the model alone answers after worked examples too. */
  readonly tests: readonly {
    readonly examples: number;
    readonly maxNewTokens: number;
    readonly fewShot: boolean;
  }[];
}

/** Positions of the longest text whose saliency is measured. */
const SALIENCY_POSITIONS = 512;

/** Refuses a model that cannot be tuned within `bytes` of memory. */
export function checkMemory(
  checkpoint: Checkpoint.Checkpoint,
  { runPositions, virtualTokens, quantization }:
    & Pick<Given, "runPositions" | "virtualTokens">
    & Partial<Pick<Given, "quantization">>,
  bytes: number,
): Effect.Effect<MemoryNeeds, StudyError> {
  const { directory, config } = checkpoint;
  const width = virtualTokens + SALIENCY_POSITIONS;
  const tuning = Memory.gradientBytes(config, { positions: runPositions + virtualTokens, width });
  const saliency = Memory.gradientBytes(config, { positions: width, width });
  const weights = Memory.weightBytes(config);
  const work = tuning + saliency + Memory.cacheBytes(config, 16 * width);
  if (weights + work <= bytes) {
    return Effect.succeed({ weights, work, disk: copyBytes(checkpoint, quantization) });
  }
  const message = `Cannot run '${directory}' as it needs about ${gigabytes(weights + work)} of ` +
    `memory (${gigabytes(weights)} for its weights in float32, ${gigabytes(work)} for tuning and ` +
    `saliency) and may take ${gigabytes(bytes)}: ` +
    "take a smaller model, fewer --run-positions, or a larger machine";
  return new StudyError({ message });
}

/** Bytes. */
export interface MemoryNeeds {
  readonly weights: number;
  /** Gradients, and keys and values. */
  readonly work: number;
  /** Copies of the weights in the user's cache: in float32, packed for decoding, or in few bits. */
  readonly disk: number;
}

/** Examples that are answered, and texts that are differentiated, to see how long it takes. */
const TIMED = 4;

/** Seconds for a text's gradient, and for an example's two answers and saliency, each by doing a few once graphs are compiled. */
export function timeWork(
  { task, template, rows }: Source,
  vectors: Float32Array,
  { method, gamma, maxNewTokens, virtualTokens }: Pick<
    Given,
    "method" | "gamma" | "maxNewTokens" | "virtualTokens"
  >,
) {
  return Effect.gen(function* () {
    const { engine, config: { layers } } = yield* Model;
    const prompt = new SoftPrompt({ name: "timed", method, vectors, virtualTokens });
    const ranges = { shallow: shallowLayers(layers), deep: deepLayers(layers) };
    const texts = likeTexts(rows.tuning, TIMED);
    const dev = rows.dev.slice(0, TIMED);
    const gradient = engine.promptGradient({ method, vectors, texts, tokenWeight: 1 });
    const answers = Stream.fromIterable(dev).pipe(
      Stage.streamed(Stage.tokenize(task, { template, ...defined({ maxNewTokens }) })),
      Stage.streamed(observe({ task, prompt, gamma, ...ranges })),
      Stream.runDrain,
    );
    return {
      text: (yield* secondTime(gradient)) / texts.length,
      example: (yield* secondTime(answers)) / dev.length,
    } satisfies WorkTimes;
  });
}

/** Seconds. */
export interface WorkTimes {
  readonly text: number;
  readonly example: number;
}

const secondTime = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<number, E, R> =>
  Effect.map(
    Effect.timed(Effect.zipRight(work, Effect.timed(work))),
    ([, [duration]]) => Duration.toSeconds(duration),
  );

/** What one model takes of the machine, in a line. */
export const needsLine = ({ weights, work, disk }: MemoryNeeds): string =>
  `Memory: about ${gigabytes(weights)} of weights and ${gigabytes(work)} to work. Disk: about ` +
  `${gigabytes(disk)} for copies of the weights in the user's cache, made once.`;

/** The work of one model as a table. */
export function planTable(
  { seeds: { length: seeds }, steps, batch, virtualTokens }: Given,
  { answers, trials, tests }: StudySize,
  { times, rows }: { readonly times: WorkTimes; readonly rows: readonly StudyRows[] },
): string {
  const all = rows.flatMap(({ tuning }) => tuning);
  const length = sum(all, ({ ids }) => ids.length) / all.length + virtualTokens;
  const texts = rows.length * seeds * steps * batch;
  const dev = seeds * sum(rows, (row) => row.dev.length);
  const tried = seeds * rows.length * trials;
  const tested = seeds * sum(tests, ({ examples }) => examples);
  const most = seeds * answers * sum(tests, (test) => test.examples * test.maxNewTokens);
  const shown = tests.filter(({ fewShot }) => fewShot);
  const alone = sum(shown, ({ examples }) => examples);
  const mostAlone = sum(shown, (test) => test.examples * test.maxNewTokens);
  const millions = (tokens: number) => `${(tokens / 1e6).toFixed(2)} M tokens`;
  const work: readonly (readonly [name: string, amount: string, seconds: number])[] = [
    ["tune", `${texts} texts, ${millions(texts * length)}`, texts * times.text],
    ["calibrate", `${dev} examples`, dev * times.example],
    ["choose heads for act", `${tried} answers`, tried * times.example / 2],
    [
      "evaluate after worked examples",
      `${alone} examples, ${millions(mostAlone)} at most`,
      alone * times.example / 2,
    ],
    [
      "evaluate",
      `${tested} examples, ${answers} answers each, ${millions(most)} at most`,
      tested * times.example * answers / 2,
    ],
  ];
  return Table.render(
    ["work", Table.right("how much"), Table.right("hours here")],
    work.map(([name, amount, seconds]) => [name, amount, (seconds / 3600).toFixed(2)]),
  );
}

const sum = <A>(all: readonly A[], amount: (each: A) => number): number =>
  all.reduce((total, each) => total + amount(each), 0);

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** Texts of the commonest lengths. */
function likeTexts(texts: readonly TuningText[], count: number): readonly TuningText[] {
  const sorted = texts.toSorted((a, b) => a.ids.length - b.ids.length);
  const start = Math.max(0, Math.floor((sorted.length - count) / 2));
  return sorted.slice(start, start + count);
}
