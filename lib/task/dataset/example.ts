/**
 * One question of a dataset, and what may go wrong while reading one.
 *
 * @module
 */
import { Data, type Either } from "effect";
import { oneLine } from "../../schema/mod.ts";

/** One question with its reference answer. */
export interface Example {
  /** The row's own id where the dataset has one, else the file's name and the row's number from 0 ("test-17"). */
  readonly id: string;
  /** The question as the dataset has it. */
  readonly question: string;
  /** The reference answer as the task's grader reads it: a number, a letter, LaTeX. */
  readonly gold: string;
  /** Other answers that are right too. */
  readonly accepted?: readonly string[];
  /** The dataset's own solution, where it has one. */
  readonly rationale?: string;
  /** The choices of a multiple-choice question, without their letters. */
  readonly options?: readonly string[];
  /** What reports group by: `{ level: "3", subject: "Algebra" }`. */
  readonly strata: Readonly<Record<string, string>>;
}

/** How the rows of a dataset are found and read. */
export interface DatasetFormat {
  /** Its name in the table of tasks. */
  readonly name: string;
  /** File of each split, relative to the folder with all data. */
  readonly files: Readonly<Record<string, string>>;
  /** Makes an example of a parsed row, or says in one line what is wrong with the row. */
  readonly toExample: (row: unknown, fallbackId: string) => Either.Either<Example, string>;
}

/** A dataset that cannot be read, or one row of it. */
export class DatasetError extends Data.TaggedError("DatasetError")<{
  readonly path: string;
  /** Line of the file, from 1, where a row is at fault. */
  readonly line?: number;
  /** What `line` counts, if not lines. */
  readonly unit?: "row";
  readonly reason: string;
  /** Whether there is no such file. */
  readonly missing?: boolean;
  /** The repository of the Hub that it may be, where there is no such file. */
  readonly repository?: string;
}> {
  /** One line for the user. */
  override get message(): string {
    const line = this.line === undefined ? "" : `, ${this.unit ?? "line"} ${this.line}`;
    return `Cannot read dataset '${this.path}'${line}: ${oneLine(this.reason)}`;
  }
}
