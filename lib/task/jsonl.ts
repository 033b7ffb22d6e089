/**
 * Any file of questions and answers, with its fields and its grader named by options.
 *
 * @module
 */
import { Effect, Either, type Scope } from "effect";
import type { Registry } from "../registry/mod.ts";
import { aqua } from "./aqua.ts";
import { extractText, gradeText, LETTERS, readLetter, readNumber } from "./grade/mod.ts";
import type { Example } from "./dataset/mod.ts";
import { gsm8k } from "./gsm8k.ts";
import { makeMath } from "./math.ts";
import type { Task } from "./task.ts";

/** Name of a way to find and compare answers. */
export type Extractor = "number" | "choice" | "math" | "text";

/** A task whose `extract` and `grade` find and compare answers; with a worker of its own that may last until the scope ends. */
export type Grader = Effect.Effect<Task, never, Scope.Scope>;

/** How answers may be found and compared. */
export const extractors: Registry.Registry<Registry.Entry<void, Grader>, Extractor> = {
  kind: "extractor",
  entries: {
    number: { description: "one number", make: () => Effect.succeed(gsm8k) },
    choice: { description: "the letter of an option", make: () => Effect.succeed(aqua) },
    math: { description: "LaTeX, by value", make: () => makeMath() },
    text: {
      description: "the text itself",
      make: () => Effect.succeed({ ...gsm8k, extract: extractText, grade: gradeText }),
    },
  },
};

/** Defaults of {@linkcode JsonlOptions}. */
export const JSONL_DEFAULTS: {
  readonly question: string;
  readonly answer: string;
  readonly extractor: Extractor;
} = { question: "question", answer: "answer", extractor: "number" };

/** Which fields of a row hold what; "a.b[0]" names the first item of field b of object a. */
export interface JsonlOptions {
  /** "question" by default. */
  readonly question?: string;
  /** "answer" by default. A number may stand after "####", with its solution before it; of a list, each item is right. */
  readonly answer?: string;
  /** By default an example is named after the file and the row's number. */
  readonly id?: string;
  /** Key of the worked solution. */
  readonly rationale?: string;
  /** The field with the list of choices, ten at most; needed by extractor "choice". */
  readonly options?: string;
  /** Answers of extractor "choice" are places in the list of choices, counted from 0 or from 1; letters by default. */
  readonly answerIndex?: 0 | 1;
  /** Fields to group reports by. */
  readonly strata?: readonly string[];
  /** "number" by default. */
  readonly extractor?: Extractor;
}

/** Makes a task for rows of any form; with extractor "math" it holds a worker until the scope ends. */
export function makeJsonl(options: JsonlOptions): Effect.Effect<Task, never, Scope.Scope> {
  const fields = { ...JSONL_DEFAULTS, ...options };
  return Effect.map(graderOf(fields.extractor), (base) => ({
    ...base,
    name: "jsonl",
    files: {},
    toExample: (row, fallbackId) => toExample(row, fallbackId, fields),
  }));
}

/** A task that finds and compares answers in that way; also for scoring the texts of a finished run anew. */
export const graderOf = (extractor: Extractor): Grader =>
  Effect.map(extractors.entries[extractor].make(), acceptingAny);

/** A task for which an answer is right that agrees with one of an example's answers. */
function acceptingAny(task: Task): Task {
  return {
    ...task,
    grade: (extraction, example) => {
      const { accepted } = example;
      if (accepted === undefined) return task.grade(extraction, example);
      const golds = [example.gold, ...accepted];
      return Effect.map(
        Effect.forEach(golds, (gold) => task.grade(extraction, { ...example, gold })),
        (verdicts) =>
          verdicts.find(({ correct, strict }) => correct && strict) ??
            verdicts.find(({ correct }) => correct) ?? verdicts[0]!,
      );
    },
  };
}

function toExample(
  row: unknown,
  fallbackId: string,
  options: JsonlOptions & typeof JSONL_DEFAULTS,
): Either.Either<Example, string> {
  return Either.gen(function* () {
    const question = yield* textAt(row, options.question);
    const answers = yield* answersAt(row, options.answer);
    const choices = options.options === undefined ? undefined : yield* listAt(row, options.options);
    const golds = new Set<string>();
    for (const answer of answers) {
      const written = answer.slice(markerEnd(answer, options.extractor)).trim();
      const gold = options.extractor === "choice"
        ? letterOf(written, options.answerIndex)
        : written;
      yield* checkGold(gold, choices, options.extractor, options.answer);
      golds.add(gold);
    }
    const [gold = "", ...accepted] = golds;
    const rationale = options.rationale === undefined
      ? answers.find((answer) => markerEnd(answer, options.extractor) > 0)
      : yield* textAt(row, options.rationale);
    const strata: Record<string, string> = {};
    for (const field of options.strata ?? []) strata[field] = yield* textAt(row, field);
    return {
      id: options.id === undefined ? fallbackId : yield* textAt(row, options.id),
      question,
      gold,
      ...(accepted.length === 0 ? {} : { accepted }),
      ...(rationale === undefined ? {} : { rationale }),
      ...(choices === undefined ? {} : { options: choices }),
      strata,
    };
  });
}

/** Where an answer starts in a solution that ends in "#### number"; 0 where it is nothing else. */
function markerEnd(answer: string, extractor: Extractor): number {
  const marker = extractor === "number" ? answer.lastIndexOf("####") : -1;
  return marker < 0 ? 0 : marker + 4;
}

/** The letter that a choice's gold stands for: "(b)" is B, and so is 1 where places count from 0; anything else stays as it is. */
function letterOf(gold: string, answerIndex: 0 | 1 | undefined): string {
  if (answerIndex === undefined) return readLetter(gold) ?? gold;
  return /^\d{1,2}$/.test(gold) ? LETTERS[Number(gold) - answerIndex] ?? gold : gold;
}

function checkGold(
  gold: string,
  choices: readonly string[] | undefined,
  extractor: Extractor,
  field: string,
): Either.Either<void, string> {
  if (gold === "") return Either.left(`at ${field}: must not be empty`);
  if (extractor === "number" && readNumber(gold) === undefined) {
    return Either.left(`at ${field}: must be a number: found '${gold.slice(0, 60)}'`);
  }
  if (extractor === "choice" && (choices?.length ?? 0) > LETTERS.length) {
    return Either.left(`at options: must be ${LETTERS.length} at most: found ${choices?.length}`);
  }
  const letters = LETTERS.slice(0, choices?.length ?? LETTERS.length);
  if (extractor === "choice" && (gold.length !== 1 || !letters.includes(gold))) {
    return Either.left(
      `at ${field}: must be one of ${[...letters].join(", ")}: found '${gold.slice(0, 60)}'`,
    );
  }
  return Either.void;
}

function valueAt(row: unknown, field: string): unknown {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null;
  // the header of a table may have points
  if (isObject(row) && Object.hasOwn(row, field)) return row[field];
  return field.split(/[.[\]]+/).filter((key) => key !== "").reduce<unknown>(
    (value, key) => isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined,
    row,
  );
}

/** One answer, or several that are right. */
function answersAt(row: unknown, field: string): Either.Either<readonly string[], string> {
  const value = valueAt(row, field);
  if (!Array.isArray(value)) return Either.map(textOf(value, field), (text) => [text]);
  return value.length === 0
    ? Either.left(`at ${field}: must not be empty`)
    : Either.all(value.map((each, at) => textOf(each, `${field}[${at}]`)));
}

const textAt = (row: unknown, field: string): Either.Either<string, string> =>
  textOf(valueAt(row, field), field);

function textOf(value: unknown, field: string): Either.Either<string, string> {
  if (typeof value === "string") return Either.right(value);
  if (typeof value === "number" || typeof value === "boolean") return Either.right(String(value));
  return Either.left(
    value === undefined || value === null
      ? `at ${field}: is missing`
      : `at ${field}: must be text or a number`,
  );
}

function listAt(row: unknown, field: string): Either.Either<readonly string[], string> {
  const value = valueAt(row, field);
  return Array.isArray(value) && value.every((item) => typeof item === "string")
    ? Either.right(value)
    : Either.left(`at ${field}: must be a list of texts`);
}
