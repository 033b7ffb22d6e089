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

/** Which fields of a row hold what; "a.b" names field b of object a. */
export interface JsonlOptions {
  /** "question" by default. */
  readonly question?: string;
  /** "answer" by default. A number may stand after "####", with its solution before it. */
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
export const graderOf = (extractor: Extractor): Grader => extractors.entries[extractor].make();

function toExample(
  row: unknown,
  fallbackId: string,
  options: JsonlOptions & typeof JSONL_DEFAULTS,
): Either.Either<Example, string> {
  return Either.gen(function* () {
    const question = yield* textAt(row, options.question);
    const answer = yield* textAt(row, options.answer);
    const marker = options.extractor === "number" ? answer.lastIndexOf("####") : -1;
    const written = marker < 0 ? answer.trim() : answer.slice(marker + 4).trim();
    const choices = options.options === undefined ? undefined : yield* listAt(row, options.options);
    const gold = options.extractor === "choice" ? letterOf(written, options.answerIndex) : written;
    yield* checkGold(gold, choices, options.extractor, options.answer);
    const rationale = options.rationale === undefined
      ? marker < 0 ? undefined : answer
      : yield* textAt(row, options.rationale);
    const strata: Record<string, string> = {};
    for (const field of options.strata ?? []) strata[field] = yield* textAt(row, field);
    return {
      id: options.id === undefined ? fallbackId : yield* textAt(row, options.id),
      question,
      gold,
      ...(rationale === undefined ? {} : { rationale }),
      ...(choices === undefined ? {} : { options: choices }),
      strata,
    };
  });
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
  return field.split(".").reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined,
    row,
  );
}

function textAt(row: unknown, field: string): Either.Either<string, string> {
  const value = valueAt(row, field);
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
