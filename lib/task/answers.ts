/**
 * Answers that were made elsewhere: read from a file, joined to their golds and graded.
 *
 * @module
 */
import type { FileSystem } from "@effect/platform";
import { Data, Effect, Either, Option, Stream } from "effect";
import { decode, oneLine, Schema } from "../schema/mod.ts";
import { type Example, jsonRows } from "./dataset/mod.ts";
import { findBoxes, type Finish, readLetter, type VerdictKind } from "./grade/mod.ts";
import type { Task } from "./task.ts";

/** A file of answers that cannot be read, or one line of it. */
export class AnswersError extends Data.TaggedError("AnswersError")<{
  /** The file. */
  readonly path: string;
  /** Line of the file, from 1, where one is at fault. */
  readonly line?: number | undefined;
  /** What is wrong. */
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    const line = this.line === undefined ? "" : `, line ${this.line}`;
    return `Cannot grade the answers of '${this.path}'${line}: ${oneLine(this.reason)}`;
  }
}

/** An answer that was made elsewhere, with what it answers. */
export interface ExternalAnswer {
  /** What was asked, with its gold answer. */
  readonly example: Example;
  /** The answer. */
  readonly text: string;
  /** Why it ended; "eos" where the file does not say. */
  readonly finish: Finish;
}

/** The grade of one answer, as `dpc grade --json` writes it. */
export interface GradedAnswer {
  /** The answer's own id, else that of its line. */
  readonly id: string;
  /** The gold answer. */
  readonly gold: string;
  /** What was found, null where nothing was. */
  readonly answer: string | null;
  /** The rule that found it. */
  readonly rule: string;
  /** What the grader says. */
  readonly verdict: VerdictKind;
  /** Whether that is "correct". */
  readonly correct: boolean;
  /** Whether the task's strict reading agrees. */
  readonly strict: boolean;
  /** How the comparison was decided. */
  readonly by: string;
  /** What the reader should know: "percent". */
  readonly flags: readonly string[];
}

/** Finds an example by its id or its question. */
export type FindExample = (row: { readonly id?: string; readonly question?: string }) =>
  | Example
  | undefined;

const Id = Schema.Union(Schema.String, Schema.Number);
const Gold = Schema.Union(Schema.String, Schema.Number);
const Options = Schema.optional(Schema.Array(Schema.String));

/** A line of an own file. */
const Plain = decode(Schema.Struct({
  text: Schema.String,
  gold: Schema.optional(Gold),
  id: Schema.optional(Id),
  question: Schema.optional(Schema.String),
  options: Options,
  finish: Schema.optional(Schema.Literal("eos", "stop", "length")),
}));

/** A line of lm-evaluation-harness' samples file. */
const Harness = decode(Schema.Struct({
  doc_id: Schema.Number,
  doc: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  target: Schema.Union(Schema.String, Schema.Number),
  resps: Schema.NonEmptyArray(Schema.NonEmptyArray(Schema.String)),
  filter: Schema.optional(Schema.String),
}));

/**
 * Reads a file of answers: lines with `text` and `gold`, lines with `text` and an `id` or `question` of an example that is known, or
 * lm-evaluation-harness' samples, of which those of its first filter count (the others have the same texts).
 *
 * @param task reads the rows of a samples file
 * @param find the examples that are known
 * @returns fails with {@linkcode AnswersError} on a line of another form, or one whose gold is nowhere
 */
export function externalAnswers(
  task: Task,
  path: string,
  find: FindExample = () => undefined,
): Stream.Stream<ExternalAnswer, AnswersError, FileSystem.FileSystem> {
  return Stream.suspend(() => {
    let filter: string | undefined;
    const rows = Stream.mapError(
      jsonRows(path),
      ({ line, reason }) => new AnswersError({ path, line, reason }),
    );
    return Stream.filterMapEffect(rows, ({ line, value }) => {
      const fail = (reason: string) => Effect.fail(new AnswersError({ path, line, reason }));
      const isHarness = typeof value === "object" && value !== null &&
        Object.hasOwn(value, "resps");
      if (!isHarness) {
        const read = Either.flatMap(Plain(value), (row) => fromPlain(row, line, find));
        return Option.some(Either.match(read, { onLeft: fail, onRight: Effect.succeed }));
      }
      const read = Harness(value);
      if (Either.isLeft(read)) return Option.some(fail(read.left));
      filter ??= read.right.filter ?? "";
      return filter === (read.right.filter ?? "")
        ? Option.some(Effect.succeed(fromHarness(read.right, task)))
        : Option.none();
    });
  });
}

/** Grades answers one by one. */
export function gradeAnswers<E, R>(
  { extract, grade }: Pick<Task, "extract" | "grade">,
  answers: Stream.Stream<ExternalAnswer, E, R>,
): Stream.Stream<GradedAnswer, E, R> {
  return Stream.mapEffect(answers, ({ example, text, finish }) => {
    const extraction = extract(text, { example, finish });
    return Effect.map(grade(extraction, example), ({ kind, correct, strict, by }) => ({
      id: example.id,
      gold: example.gold,
      answer: extraction.answer ?? null,
      rule: extraction.rule,
      verdict: kind,
      correct,
      strict,
      by,
      flags: extraction.flags,
    }));
  });
}

type PlainRow = Either.Either.Right<ReturnType<typeof Plain>>;

function fromPlain(
  row: PlainRow,
  line: number,
  find: FindExample,
): Either.Either<ExternalAnswer, string> {
  const { text, finish = "eos", gold, question } = row;
  const id = row.id === undefined ? undefined : String(row.id);
  const known = find({
    ...(id === undefined ? {} : { id }),
    ...(question === undefined ? {} : { question }),
  });
  if (gold === undefined && known === undefined) {
    return Either.left(
      id === undefined && question === undefined
        ? "it has neither gold nor id nor question"
        : `it has no gold, and there is no example ${
          id === undefined ? `'${question}'` : `with id '${id}'`
        } (give the dataset by --data)`,
    );
  }
  const own = { id: id ?? `line-${line}`, question: question ?? "", gold: "", strata: {} };
  const example = {
    ...(known ?? own),
    ...(gold === undefined ? {} : { gold: goldOf(String(gold)) }),
    ...(row.options === undefined ? {} : { options: row.options }),
  };
  return Either.right({ example, text, finish });
}

/** What stands after "####" where a gold is a whole solution. */
function goldOf(text: string): string {
  const marker = text.lastIndexOf("####");
  return (marker < 0 ? text : text.slice(marker + 4)).trim();
}

type HarnessRow = Either.Either.Right<ReturnType<typeof Harness>>;

/** The row of a samples file: its document as the task reads it, or where it has another form what the harness itself compares with. */
function fromHarness({ doc_id, doc, target, resps }: HarnessRow, task: Task): ExternalAnswer {
  const id = `doc-${doc_id}`;
  const text = resps[0][0];
  const read = task.toExample(doc, id);
  if (Either.isRight(read)) return { example: { ...read.right, id }, text, finish: "eos" };
  const textOf = (...keys: readonly string[]) =>
    keys.map((key) => doc[key]).find((value) => typeof value === "string") as string | undefined;
  const { options, choices } = doc;
  const listed = [options, choices].find((each) =>
    Array.isArray(each) && each.every((one) => typeof one === "string")
  ) as readonly string[] | undefined;
  const solution = textOf("solution");
  const boxed = solution === undefined ? undefined : findBoxes(solution).last;
  const gold = boxed ?? goldOf(String(target));
  const example = {
    id,
    question: textOf("question", "problem", "query") ?? "",
    gold: listed === undefined ? gold : readLetter(gold) ?? gold,
    // AQuA's options begin with their letters
    ...(listed === undefined
      ? {}
      : { options: listed.map((one) => one.replace(/^\(?[A-J]\)\s*/, "")) }),
    strata: {},
  };
  return { example, text, finish: "eos" };
}
