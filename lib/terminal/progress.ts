/**
 * Progress of long work on stderr: on a terminal one line that renews itself, elsewhere a plain line every few seconds.
 *
 * @module
 */
import process from "node:process";
import { Clock, Context, Effect, Layer, type Scope, Stream } from "effect";
import { progressLine, type Snapshot } from "./progress_line.ts";

/** Where progress is shown. */
export interface Output {
  /** Writes text as it is. */
  readonly write: (text: string) => Effect.Effect<void>;
  /** Whether the cursor can be moved: one line that renews itself instead of many. */
  readonly isTerminal: boolean;
  /** Whether text may be coloured. */
  readonly color: boolean;
  /** Width of the terminal now. */
  readonly columns: Effect.Effect<number>;
  /** Milliseconds between two lines. */
  readonly interval: number;
}

/** The service that shows progress; {@linkcode layer} is the usual one. */
export class ProgressOutput extends Context.Tag("ProgressOutput")<ProgressOutput, Output>() {}

/** Milliseconds between two lines on a terminal and elsewhere. */
const INTERVALS = { terminal: 100, plain: 5000 } as const;

/** Options of {@linkcode layer}. */
export interface LayerOptions {
  /** Show nothing. */
  readonly quiet?: boolean;
}

/** Shows progress on stderr; no colour where NO_COLOR is set (no-color.org), no renewed line where TERM is "dumb". */
export function layer({ quiet = false }: LayerOptions = {}): Layer.Layer<ProgressOutput> {
  return Layer.sync(ProgressOutput, () => {
    const { stderr, env } = process;
    const isTerminal = stderr.isTTY === true && env["TERM"] !== "dumb";
    return {
      write: (text) => Effect.sync(() => quiet || stderr.write(text)),
      isTerminal,
      color: isTerminal && !env["NO_COLOR"],
      columns: Effect.sync(() => stderr.columns || 80),
      interval: isTerminal ? INTERVALS.terminal : INTERVALS.plain,
    };
  });
}

/** Options of {@linkcode make}. */
export interface ProgressOptions {
  /** What is being done, for example the task's name. */
  readonly label: string;
  /** How much there is to do, with what earlier sessions have done; leave out if unknown. */
  readonly total?: number;
  /** How much earlier sessions have done (0 by default). */
  readonly resumed?: number;
}

/** One step of the work. */
export interface Step {
  /** How much is done by it (1 by default). */
  readonly done?: number;
  /** Whether arms were right on the examples of this step. */
  readonly outcomes?: Iterable<readonly [arm: string, correct: boolean]>;
  /** Replaces what the end of the line says. */
  readonly note?: string;
}

/** Progress that is being shown. */
export interface Progress {
  /** Counts a step. */
  readonly advance: (step?: Step) => Effect.Effect<void>;
  /** Shows a line of text without breaking the progress line. */
  readonly message: (text: string) => Effect.Effect<void>;
}

/** Shows progress until the scope closes, which leaves the last line standing. */
export function make(
  { label, total, resumed = 0 }: ProgressOptions,
): Effect.Effect<Progress, never, ProgressOutput | Scope.Scope> {
  return Effect.gen(function* () {
    const output = yield* ProgressOutput;
    const started = yield* Clock.currentTimeMillis;
    const arms = new Map<string, { n: number; correct: number }>();
    let [done, note] = [resumed, ""];
    let shown = "";

    const line = Effect.gen(function* () {
      const seconds = ((yield* Clock.currentTimeMillis) - started) / 1000;
      const snapshot: Snapshot = { label, done, resumed, total, seconds, arms, note };
      // One column stays free: a cursor past the last one makes some terminals wrap.
      return progressLine(snapshot, output.isTerminal ? (yield* output.columns) - 1 : undefined);
    });
    const show = Effect.gen(function* () {
      const text = yield* line;
      if (text === shown) return;
      shown = text;
      yield* output.write(
        output.isTerminal ? CLEAR + (output.color ? emphasised(text, label) : text) : `${text}\n`,
      );
    });
    const finish = Effect.zipRight(show, output.isTerminal ? output.write("\n") : Effect.void);

    yield* Effect.addFinalizer(() => finish);
    if (output.isTerminal) yield* show;
    yield* Effect.forkScoped(Effect.forever(Effect.delay(show, output.interval)));
    return {
      advance: (step = {}) =>
        Effect.sync(() => {
          done += step.done ?? 1;
          note = step.note ?? note;
          for (const [arm, correct] of step.outcomes ?? []) {
            const tally = arms.get(arm) ?? { n: 0, correct: 0 };
            arms.set(arm, { n: tally.n + 1, correct: tally.correct + Number(correct) });
          }
        }),
      message: (text) =>
        Effect.suspend(() => {
          shown = ""; // the line is drawn again under the text
          return output.write(`${output.isTerminal ? CLEAR : ""}${text}\n`);
        }),
    };
  });
}

/**
 * Shows the progress of a stream as it passes.
 *
 * @param options label, total and what earlier sessions did
 * @param step what an element adds; one element done by default
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Stream } from "effect";
 * import { Progress } from "dynamic-prompt-corruption/terminal";
 *
 * export const program = Stream.make("a", "b", "c").pipe(
 *   Progress.track({ label: "letters", total: 3 }),
 *   Stream.runCount,
 *   Effect.tap((count) => assert.equal(count, 3)),
 *   Effect.provide(Progress.layer({ quiet: true })),
 * );
 * ```
 */
export function track<A>(
  options: ProgressOptions,
  step: (element: A) => Step = () => ({}),
): <E, R>(stream: Stream.Stream<A, E, R>) => Stream.Stream<A, E, R | ProgressOutput> {
  return (stream) =>
    Stream.unwrapScoped(
      Effect.map(make(options), (progress) =>
        Stream.tap(stream, (element) => progress.advance(step(element)))),
    );
}

/** To the start of the line, and what stood there away. */
const CLEAR = "\r\x1b[2K";

function emphasised(text: string, label: string): string {
  return text.startsWith(label) ? `\x1b[1m${label}\x1b[0m${text.slice(label.length)}` : text;
}
