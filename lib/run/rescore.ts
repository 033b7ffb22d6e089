/**
 * A finished run scored again from its stored texts: by another extractor, grader or dataset, without generating anything.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Chunk, Data, Effect, pipe, Stream } from "effect";
import type { FileError } from "../schema/files.ts";
import type { Example, Task } from "../task/mod.ts";
import * as Journal from "./journal.ts";
import { type ArmSample, Sample } from "../results/mod.ts";
import { summarise, type Summary } from "../results/mod.ts";

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

/** The examples are those of another run. */
export class OtherExamples extends Data.TaggedError("OtherExamples")<{ readonly from: string }> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot score '${this.from}' again as none of its questions is in the data: ` +
      "give a file with the same questions";
  }
}

/** What can end it. */
export type RescoreError =
  | FileError
  | OtherExamples
  | Journal.ConfigurationChanged
  | Journal.InvalidRecord
  | Journal.JournalCorrupt
  | Journal.RunLocked;

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
): Effect.Effect<Rescored, RescoreError, FileSystem.FileSystem | Path.Path> {
  return Effect.scoped(Effect.gen(function* () {
    const collect = (directory: string) =>
      Effect.map(Stream.runCollect(Journal.rows(directory, Sample)), Chunk.toReadonlyArray);
    const before = yield* collect(from);
    const known = (sample: Sample) => exampleOf(sample, examples.get(sample.question) ?? []);
    const missing = before.filter((sample) => known(sample) === undefined).length;
    if (examples.size > 0 && missing > 0 && missing === before.length) {
      return yield* new OtherExamples({ from });
    }
    const journal = yield* Journal.open(to, { config, about, schema: Sample });
    yield* pipe(
      Stream.fromIterable(before),
      Stream.filter(({ id }) => !journal.finished.has(id)),
      Stream.mapEffect((sample) => scoreAgain(sample, task, known(sample))),
      Journal.append(journal),
      Stream.runDrain,
    );
    const samples = yield* collect(to);
    const summary = summarise(task.name, samples);
    yield* journal.writeAtomic("results.json", JSON.stringify(summary, null, 2) + "\n");
    return { summary, changes: changesOf(before, samples), missing };
  }));
}

/** Of the rows with a sample's question that of its id, or any where all say the same: no other tells which of them was asked. */
function exampleOf({ example }: Sample, rows: readonly Example[]): Example | undefined {
  const answerOf = ({ gold, options }: Example) => JSON.stringify([gold, options]);
  const agree = new Set(rows.map(answerOf)).size === 1;
  return rows.find(({ id }) => id === example) ?? (agree ? rows[0] : undefined);
}

function scoreAgain(sample: Sample, task: Task, known: Example | undefined): Effect.Effect<Sample> {
  const { example: id, question, gold, strata } = sample;
  const example = known ?? { id, question, gold, strata };
  const score = (arm: ArmSample): Effect.Effect<ArmSample> => {
    const extraction = task.extract(arm.text, { example, finish: arm.finish });
    return Effect.map(task.grade(extraction, example), ({ kind, correct, strict }) => ({
      ...arm,
      answer: extraction.answer ?? null,
      rule: extraction.rule,
      correct,
      strict,
      verdict: kind,
    }));
  };
  return Effect.map(
    Effect.forEach(
      Object.entries(sample.arms),
      ([name, arm]) => Effect.map(score(arm), (scored) => [name, scored] as const),
    ),
    (arms) => ({
      ...sample,
      gold: example.gold,
      strata: example.strata,
      arms: Object.fromEntries(arms),
    }),
  );
}

function changesOf(before: readonly Sample[], after: readonly Sample[]): Rescored["changes"] {
  const changes: Record<string, { right: number; wrong: number }> = {};
  const formerly = new Map(before.map(({ id, arms }) => [id, arms]));
  for (const { id, arms } of after) {
    for (const [name, { correct }] of Object.entries(arms)) {
      const change = changes[name] ??= { right: 0, wrong: 0 };
      if (correct === formerly.get(id)?.[name]?.correct) continue;
      change[correct ? "right" : "wrong"]++;
    }
  }
  return changes;
}
