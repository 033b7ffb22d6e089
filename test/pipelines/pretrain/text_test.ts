import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromFile, type Source, wordProblems } from "../../../pipelines/pretrain/text.ts";
import * as Tokenizer from "../../../lib/tokenizer/mod.ts";
import { failure, vector } from "../../model/support.ts";
import { effectTest } from "../../support.ts";

const TOKENIZER = vector("tokenizer_chatml");

const first = ({ documents }: Source, count: number) => {
  const found = [];
  for (const document of documents()) {
    if (found.push(document) === count) break;
  }
  return found;
};

/** A source of a file with this content, and the texts of its documents. */
const sourceOf = (name: string, content: string, seed = 0) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const out = yield* fs.makeTempDirectoryScoped();
    const file = path.join(out, name);
    yield* fs.writeFileString(file, content);
    const source = yield* fromFile(file, TOKENIZER, { out, seed, promptWeight: 0.25 });
    const tokenizer = yield* Tokenizer.load(out);
    const texts = (count: number) =>
      first(source, count).map(({ ids }) => tokenizer.decode(ids.slice(0, -1)));
    return { source, texts, tokenizer };
  });

test(
  "fromFile() reads JSON lines of every form; prompts count as told, completions and the end count 1",
  effectTest(() =>
    Effect.gen(function* () {
      const { source, tokenizer } = yield* sourceOf(
        "a.jsonl",
        '{"prompt": "Say 1.", "completion": "One."}\n\n{"question": "2+2?", "answer": "4"}\n{"text": "Words."}\n',
      );
      const documents = first(source, 3).map(({ ids, weights }) => {
        assert.is(ids.at(-1), source.eosId);
        assert.is(weights.at(-1), 1);
        const given = weights.filter((weight) => weight === 0.25).length;
        assert.ok(weights.every((weight, i) => weight === (i < given ? 0.25 : 1)));
        const decode = (part: readonly number[]) => tokenizer.decode(part);
        return `${decode(ids.slice(0, given))}|${decode(ids.slice(given, -1))}`;
      });
      assert.equal(documents.sort(), ["2+2?\n|4", "Say 1.|One.", "|Words."]);
    })
  ),
);

test(
  "fromFile() takes plain text by paragraphs, each once an epoch, in an order of the seed",
  effectTest(() =>
    Effect.gen(function* () {
      const content = Array.from({ length: 8 }, (_, i) => `line ${i}\nand more`).join("\n \n");
      const { texts, source } = yield* sourceOf("a.txt", content);
      const all = texts(24);
      const epochs = [all.slice(0, 8), all.slice(8, 16), all.slice(16)];
      const wanted = Array.from({ length: 8 }, (_, i) => `line ${i}\nand more`);
      for (const epoch of epochs) assert.equal([...epoch].sort(), wanted);
      assert.not.equal(epochs[0], epochs[1]);
      assert.equal(texts(24), all);
      const other = yield* sourceOf("a.txt", content, 1);
      assert.not.equal(other.texts(8), epochs[0]);
      assert.is(other.source.identity["text"], source.identity["text"]);
      assert.is.not(other.source.identity["documents"], source.identity["documents"]);
    })
  ),
);

test(
  "fromFile() counts added tokens in the vocabulary and ends texts with the tokenizer's eos_token",
  effectTest(() =>
    Effect.gen(function* () {
      const { source, tokenizer } = yield* sourceOf("a.txt", "words");
      const fs = yield* FileSystem.FileSystem;
      const json = JSON.parse(yield* fs.readFileString(`${TOKENIZER}/tokenizer.json`));
      const ids = [
        ...Object.values<number>(json.model.vocab),
        ...json.added_tokens.map(({ id }: { readonly id: number }) => id),
      ];
      assert.is(source.vocabSize, Math.max(...ids) + 1);
      const config = JSON.parse(yield* fs.readFileString(`${TOKENIZER}/tokenizer_config.json`));
      const end = config.eos_token.content ?? config.eos_token;
      assert.equal(tokenizer.encode(end), [source.eosId]);
    })
  ),
);

test(
  "fromFile() names the line at fault, and refuses a file without text",
  effectTest(() =>
    Effect.gen(function* () {
      const message = (name: string, content: string) =>
        Effect.map(failure(sourceOf(name, content)), (error) => error.message);
      assert.match(
        yield* message("a.jsonl", '{"text": "a"}\n{"text": 3}\n'),
        /^Cannot train on '.*a.jsonl' as line 2: /,
      );
      assert.match(yield* message("a.jsonl", '{"text": \n'), /line 1: it is not valid JSON/);
      assert.match(yield* message("a.txt", " \n\n "), /a.txt' as it holds no text/);
    })
  ),
);

test(
  "wordProblems() gives documents that its tokenizer covers, the same for the same seed",
  effectTest(() =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem;
      const out = yield* fs.makeTempDirectoryScoped();
      const source = yield* wordProblems({ out, seed: 5, promptWeight: 0 });
      const tokenizer = yield* Tokenizer.load(out);
      const [unknown] = tokenizer.encode("<unk>");
      const documents = first(source, 500);
      assert.ok(documents.every(({ ids }) => !ids.includes(unknown!)));
      assert.ok(documents.every(({ ids }) => ids.every((id) => id < source.vocabSize)));
      assert.equal(first(source, 500), documents);
      const other = yield* wordProblems({ out, seed: 6, promptWeight: 0 });
      assert.not.equal(first(other, 5), documents.slice(0, 5));
    })
  ),
);

test.run();
