/**
 * The readers of datasets in other formats than JSON, of their cards, and of what a user writes beside a model.
 *
 * @module
 */
import { FileSystem } from "@effect/platform";
import { Effect, Stream } from "effect";
import { parquetWriteBuffer } from "hyparquet-writer";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { readLoraConfig } from "../../../lib/model/adapter/lora_config.ts";
import { examples, fromJinja, type Task, Template, wordProblems } from "../../../lib/task/mod.ts";
import type { Reader } from "./readers.ts";

const text = (content: string): Uint8Array => new TextEncoder().encode(content);

const QUESTIONS = ["How many?", 'a "b",\nc', "日本 😀"];
const ANSWERS = ["1", "2,000", "-3.5"];

const table = (delimiter: string): Uint8Array =>
  text(
    "\ufeff" + [["question", "answer"], ...QUESTIONS.map((each, at) => [each, ANSWERS[at]!])]
      .map((row) => row.map((field) => `"${field.replaceAll('"', '""')}"`).join(delimiter))
      .join("\r\n"),
  );

const lines = text(
  QUESTIONS.map((question, at) => JSON.stringify({ question, answer: ANSWERS[at] })).join("\n"),
);

const parquet = (options: Partial<Parameters<typeof parquetWriteBuffer>[0]>): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({
    columnData: [
      { name: "question", data: QUESTIONS, type: "STRING" },
      { name: "answer", data: ANSWERS, type: "STRING" },
      { name: "extra", data: [{ a: [1, 2] }, null, { a: [] }], type: "JSON" },
    ],
    ...options,
  }));

const SEEDS: Readonly<Record<string, readonly Uint8Array[]>> = {
  "csv": [table(",")],
  "tsv": [table("\t")],
  "csv.gz": [gzipSync(table(","))],
  "jsonl.gz": [gzipSync(lines)],
  "parquet": [
    parquet({ rowGroupSize: 2 }),
    parquet({ codec: "UNCOMPRESSED" }),
    parquet({ statistics: false }),
  ],
};

const CARD = `---
license: mit
configs:
- config_name: main
  default: true
  data_files:
  - split: test
    path: [data/test-*.jsonl, "**/more[0-9].jsonl"]
  - {split: train, path: data/train.jsonl}
- config_name: folder
  data_dir: data
---
# A dataset
`;

const TEMPLATES = [
  "{% for shot in shots %}Q: {{ shot.question }}\nA: {{ shot.solution }}\n\n{% endfor %}Q: {{ question | trim }}\nA:",
  "{{ question }}{% if options %}\n{% for o in options %}({{ loop.index }}) {{ o }}\n{% endfor %}{% endif %}",
];

/** All of them, for a task of rows with question and answer. */
export const dataReaders = (task: Task): readonly Reader[] => [
  ...Object.entries(SEEDS).map(([format, seeds]): Reader => ({
    name: `dataset in ${format}`,
    seeds,
    read: (input, folder) =>
      Effect.gen(function* () {
        const path = `${folder}/rows.${format}`;
        yield* Effect.orDie(
          Effect.flatMap(FileSystem.FileSystem, (fs) => fs.writeFile(path, input)),
        );
        yield* Stream.runDrain(examples(task, { path }));
      }),
  })),
  {
    name: "README.md of a dataset",
    seeds: [text(CARD), text(CARD.replace("data_dir: data", "data_files: {dev: '*'}"))],
    read: (input, folder) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem;
        yield* Effect.orDie(fs.makeDirectory(`${folder}/data`, { recursive: true }));
        for (const name of ["data/test-1.jsonl", "data/train.jsonl", "data/more2.jsonl"]) {
          yield* Effect.orDie(fs.writeFile(`${folder}/${name}`, lines));
        }
        yield* Effect.orDie(fs.writeFile(`${folder}/README.md`, input));
        yield* Stream.runDrain(examples(task, { path: folder }));
      }),
  },
  {
    name: "template file",
    seeds: TEMPLATES.map(text),
    read: (input) =>
      Effect.flatMap(
        fromJinja(new TextDecoder().decode(input), {
          name: "mine",
          base: wordProblems.templates[0],
        }),
        (template) =>
          Effect.sync(() =>
            Template.render(template, {
              id: "e",
              question: "How many?",
              gold: "1",
              options: ["1", "2"],
              strata: {},
            })
          ),
      ),
  },
  {
    name: "LoRA: adapter_config.json",
    seeds: [
      readFileSync(
        new URL("../../vectors/adapters/lora_llama/adapter_config.json", import.meta.url),
      ),
    ],
    read: (input, folder) =>
      Effect.gen(function* () {
        const file = `${folder}/adapter_config.json`;
        yield* Effect.orDie(
          Effect.flatMap(FileSystem.FileSystem, (fs) => fs.writeFile(file, input)),
        );
        yield* readLoraConfig(folder, file);
      }),
  },
];
