/**
 * A finished run scored again from its stored texts: by another extractor, grader or dataset, without generating anything.
 *
 * @module
 */
import { Data, Effect, Stream } from "effect";
import type { Files } from "../schema/files.ts";
import type { Example, Task } from "../task/mod.ts";
import * as Journal from "./journal.ts";
import { primaryOf, writeResults } from "./summarise_run.ts";
import { gradeAgain } from "../arm/mod.ts";
import { Sample, type Summary } from "../results/mod.ts";

/** What to score again, and how. */
export interface RescoreOptions {
  /** Directory of the run; it is only read. */
  readonly from: string;
  /** Directory of the run that this makes. */
  readonly to: string;
  /** Extracts and grades. */
  readonly task: Task;
  /**
   * The examples by their question, for golds and for what samples do not hold: options, solutions. Where a question is missing, or
   * several rows of other ids have it and disagree, the sample's own gold counts. Ids alone don't tell: in another file the same id may
   * be another row's.
   */
  readonly examples: ReadonlyMap<string, readonly Example[]>;
  /** What makes the new run this run. */
  readonly config: unknown;
  /** Recorded, not compared. */
  readonly about: unknown;
}

/** The new run, and how many verdicts of each arm are others than before. */
export interface Rescored {
  /** Of the new run. */
  readonly summary: Summary;
  /** By arm: verdicts that became right, and that became wrong. */
  readonly changes: Readonly<Record<string, { readonly right: number; readonly wrong: number }>>;
  /** Samples that no example is known to belong to: scored against their own gold. */
  readonly missing: number;
}

/** None of the examples is one of the run. */
export class ExamplesMismatch
  extends Data.TaggedError("ExamplesMismatch")<{ readonly from: string }> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot score '${this.from}' again as none of its questions is in the data: ` +
      "give a file with the same questions";
  }
}

/** What can end it. */
export type RescoreError = ExamplesMismatch | Journal.OpenError | Journal.InvalidRecord;

/**
 * Scores every text of a run again, into a run directory of its own. Which prompt was corrected, and which answer counts, stay as they
 * were: that was decided when the texts were made.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect } from "effect";
 * import { graderOf } from "dynamic-prompt-corruption/task";
 * import { rescore } from "dynamic-prompt-corruption/run";
 *
 * export const program = Effect.gen(function* () {
 *   const { changes } = yield* rescore({
 *     from: "runs/first",
 *     to: "runs/first-as-text",
 *     task: yield* graderOf("text"),
 *     examples: new Map(),
 *     config: { extractor: "text" },
 *     about: {},
 *   });
 *   assert.deepEqual(Object.keys(changes), ["base", "pt", "untriggered"]);
 * }).pipe(Effect.scoped);
 * ```
 */
export function rescore(
  { from, to, task, examples, config, about }: RescoreOptions,
): Effect.Effect<Rescored, RescoreError, Files> {
  return Effect.scoped(Effect.gen(function* () {
    const before = Journal.rows(from, Sample);
    const known = (sample: Sample) => exampleOf(sample, examples.get(sample.question) ?? []);
    const total = yield* Stream.runCount(before);
    const missing = yield* Stream.runCount(
      Stream.filter(before, (sample) => known(sample) === undefined),
    );
    if (examples.size > 0 && missing > 0 && missing === total) {
      return yield* new ExamplesMismatch({ from });
    }
    const journal = yield* Journal.open(to, { config, about, schema: Sample });
    const changes: Record<string, { right: number; wrong: number }> = {};
    yield* before.pipe(
      Stream.mapEffect((sample) =>
        Effect.tap(
          scoreAgain(sample, task, known(sample)),
          (scored) => Effect.sync(() => count(changes, sample, scored)),
        )
      ),
      Stream.filter(({ id }) => !journal.finished.has(id)),
      Stream.rechunk(256),
      Journal.append(journal),
      Stream.runDrain,
    );
    const summary = yield* writeResults(journal, task.name, { primary: primaryOf(config) });
    return { summary, changes, missing };
  }));
}

/** Of the rows with a sample's question that of its id, or any where all say the same: no other tells which of them was asked. */
function exampleOf({ example }: Sample, rows: readonly Example[]): Example | undefined {
  const answerOf = ({ gold, accepted, options }: Example) =>
    JSON.stringify([gold, accepted, options]);
  const agree = new Set(rows.map(answerOf)).size === 1;
  return rows.find(({ id }) => id === example) ?? (agree ? rows[0] : undefined);
}

function scoreAgain(sample: Sample, task: Task, known: Example | undefined): Effect.Effect<Sample> {
  const { example: id, question, gold, strata } = sample;
  const example = known ?? { id, question, gold, strata };
  return Effect.map(
    Effect.forEach(
      Object.entries(sample.arms),
      ([name, arm]) =>
        Effect.map(gradeAgain(task, example, arm), (scored) => [name, scored] as const),
    ),
    (arms) => ({
      ...sample,
      gold: example.gold,
      strata: example.strata,
      arms: Object.fromEntries(arms),
    }),
  );
}

/** Counts the verdicts that are others than before. */
function count(
  changes: Record<string, { right: number; wrong: number }>,
  before: Sample,
  after: Sample,
): void {
  for (const [name, { correct }] of Object.entries(after.arms)) {
    const change = changes[name] ??= { right: 0, wrong: 0 };
    if (correct !== before.arms[name]?.correct) change[correct ? "right" : "wrong"]++;
  }
}
