/**
 * What a model is pre-trained on: the word problems and their tokenizer, or a file and the tokenizer of a directory.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Data, Effect, Either } from "effect";
import { createHash } from "node:crypto";
import type { Document } from "../../lib/model/training/mod.ts";
import { fileError, readBytes, readJson, writeJson } from "../../lib/schema/files.ts";
import { decode, parseJson, Schema } from "../../lib/schema/mod.ts";
import { permutation } from "../../lib/task/mod.ts";
import * as WordProblems from "../../lib/task/word_problems/mod.ts";
import * as Tokenizer from "../../lib/tokenizer/mod.ts";

/** A text that can't be trained on. */
export class TextError extends Data.TaggedError("TextError")<{
  readonly file: string;
  readonly reason: string;
}> {
  override get message(): string {
    return `Cannot train on '${this.file}' as ${this.reason}`;
  }
}

/** A text: what is given, and what follows it and must be learned. */
interface Text {
  readonly prompt: string;
  readonly completion: string;
}

/** Options of {@linkcode wordProblems} and {@linkcode fromFile}. */
export interface SourceOptions {
  /** Directory that the tokenizer's files are written to. */
  readonly out: string;
  readonly seed: number;
  /** What a token of a prompt counts in the loss, where one of a completion counts 1. */
  readonly promptWeight: number;
}

/** What a training reads. */
export interface Source {
  /** What tells it from others, for the recipe. */
  readonly identity: Readonly<Record<string, unknown>>;
  readonly vocabSize: number;
  readonly eosId: number;
  /** The same documents on each call, without end. */
  readonly documents: () => Iterable<Document>;
}

const TOKENIZER_FILES = ["tokenizer.json", "tokenizer_config.json"] as const;

/** The embedded language, without the problems of its benchmark. */
export function wordProblems(options: SourceOptions) {
  const { benchmark, BENCHMARK_SEED, make, MIXTURE, pretrainingTexts } = WordProblems;
  const without = WordProblems.questions(benchmark(BENCHMARK_SEED));
  return drawn(WordProblems.tokenizerFiles(), options, {
    texts: () => pretrainingTexts(make(options.seed), { mixture: MIXTURE, without }),
    identity: { text: "word problems", ...MIXTURE },
  });
}

/** The language of conventions, without the problems of its benchmark. */
export function conventions(options: SourceOptions) {
  const { benchmark, BENCHMARK_SEED, LANGUAGE, MIXTURE, pretrainingTexts } =
    WordProblems.Conventions;
  const without = WordProblems.Conventions.questions(benchmark(BENCHMARK_SEED));
  return drawn(WordProblems.tokenizerFiles(LANGUAGE), options, {
    texts: () => pretrainingTexts(WordProblems.make(options.seed), { mixture: MIXTURE, without }),
    identity: { text: "conventions", ...MIXTURE },
  });
}

/** Texts that a grammar draws, with the tokenizer of its words. */
function drawn(
  files: WordProblems.TokenizerFiles,
  options: SourceOptions,
  { texts, identity }: {
    readonly texts: () => Iterable<Text>;
    readonly identity: Readonly<Record<string, unknown>>;
  },
) {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    for (const name of TOKENIZER_FILES) yield* writeJson(path.join(options.out, name), files[name]);
    return yield* sourceOf(texts, identity, options);
  });
}

/**
 * A file, read again and again, each time in another order.
 *
 * @param file JSON lines with `text`, `prompt` and `completion`, or `question` and `answer`; else plain text, whose documents are separated
 *   by blank lines
 * @param tokenizer directory of tokenizer.json and tokenizer_config.json
 */
export function fromFile(file: string, tokenizer: string, options: SourceOptions) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    for (const name of TOKENIZER_FILES) {
      const from = path.join(tokenizer, name);
      const copy = fs.copyFile(from, path.join(options.out, name));
      yield* Effect.mapError(copy, fileError("read", from));
    }
    const bytes = yield* readBytes(file, { maxBytes: MAX_TEXT_BYTES });
    const texts = file.endsWith(".jsonl") ? yield* linesOf(file, bytes) : paragraphsOf(bytes);
    if (texts.length === 0) return yield* new TextError({ file, reason: "it holds no text" });
    const text = createHash("sha256").update(bytes).digest("hex");
    return yield* sourceOf(() => shuffledForever(texts, options.seed), { text }, options);
  });
}

/** All documents are held in memory: more text needs a machine that trains a larger model, too. */
const MAX_TEXT_BYTES = 512 * 2 ** 20;

const Line = Schema.Union(
  Schema.Struct({ text: Schema.String }),
  Schema.Struct({ prompt: Schema.String, completion: Schema.String }),
  Schema.Struct({ question: Schema.String, answer: Schema.String }),
);

function linesOf(file: string, bytes: Uint8Array) {
  const lines = new TextDecoder().decode(bytes).split("\n");
  return Effect.forEach(
    [...lines.entries()].filter(([, line]) => line.trim() !== ""),
    ([index, line]) =>
      Either.flatMap(parseJson(new TextEncoder().encode(line)), decode(Line)).pipe(
        Either.mapBoth({
          onLeft: (reason) => new TextError({ file, reason: `line ${index + 1}: ${reason}` }),
          onRight: (row): Text => {
            if ("text" in row) return { prompt: "", completion: row.text };
            if ("prompt" in row) return row;
            return { prompt: `${row.question}\n`, completion: row.answer };
          },
        }),
      ),
  );
}

function paragraphsOf(bytes: Uint8Array): readonly Text[] {
  return new TextDecoder().decode(bytes).split(/\n\s*\n/)
    .filter((paragraph) => paragraph.trim() !== "")
    .map((completion) => ({ prompt: "", completion }));
}

function* shuffledForever(texts: readonly Text[], seed: number): Generator<Text, never> {
  for (let epoch = 0;; epoch++) {
    for (const index of permutation(texts.length, seed + epoch)) yield texts[index]!;
  }
}

const TokenizerJson = Schema.Struct({
  model: Schema.Struct({
    vocab: Schema.Union(
      Schema.Record({ key: Schema.String, value: Schema.Int }),
      Schema.Array(Schema.Unknown),
    ),
  }),
  added_tokens: Schema.Array(Schema.Struct({ id: Schema.Int })),
});

const TokenizerConfig = Schema.Struct({
  eos_token: Schema.Union(Schema.String, Schema.Struct({ content: Schema.String })),
});

/** First documents whose hash tells a text from others: its words, tokenizer, order and weights. */
const IDENTIFYING = 1000;

/** Texts as documents: prompt and completion tokenized on their own, as they are when a model is asked, then the end of the text. */
function sourceOf(
  texts: () => Iterable<Text>,
  identity: Readonly<Record<string, unknown>>,
  { out, promptWeight }: SourceOptions,
) {
  return Effect.gen(function* () {
    const path = yield* Path.Path;
    const file = path.join(out, "tokenizer.json");
    const json = yield* readJson(file, TokenizerJson);
    const config = path.join(out, "tokenizer_config.json");
    const { eos_token: eos } = yield* readJson(config, TokenizerConfig);
    const tokenizer = yield* Tokenizer.load(out);
    const end = typeof eos === "string" ? eos : eos.content;
    const [eosId, ...more] = tokenizer.encode(end, { addSpecialTokens: false });
    if (eosId === undefined || more.length > 0) {
      const reason = `its eos_token must be one token: found '${end}'`;
      return yield* new TextError({ file, reason });
    }
    const ids = [
      // a Unigram's vocabulary is a list, whose indices are the ids
      ...Object.entries<unknown>(json.model.vocab).map(([key, value]) =>
        typeof value === "number" ? value : Number(key)
      ),
      ...json.added_tokens.map(({ id }) => id),
    ];
    const toDocument = ({ prompt, completion }: Text): Document => {
      const given = prompt === "" ? [] : tokenizer.encode(prompt);
      const learned = tokenizer.encode(completion, { addSpecialTokens: prompt === "" });
      return {
        ids: [...given, ...learned, eosId],
        weights: [...given.map(() => promptWeight), ...learned.map(() => 1), 1],
      };
    };
    const documents = function* () {
      for (const text of texts()) yield toDocument(text);
    };
    const beginning: Document[] = [];
    for (const document of documents()) {
      if (beginning.push(document) === IDENTIFYING) break;
    }
    const hash = createHash("sha256").update(JSON.stringify(beginning)).digest("hex");
    const vocabSize = ids.reduce((most, id) => Math.max(most, id), 0) + 1;
    const identified: Source["identity"] = { ...identity, documents: hash };
    return { identity: identified, vocabSize, eosId, documents } satisfies Source;
  });
}
