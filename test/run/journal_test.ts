import { Chunk, Effect, Either, Stream } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Journal } from "../../lib/run/mod.ts";
import { Schema } from "../../lib/schema/mod.ts";
import { effectTest } from "../support.ts";
import { idsOf, messageOf, options, Sample, sample, session, setup } from "./journal_support.ts";

test(
  "open() makes the directory, append() adds lines, reopening finds them",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, path, directory, samples } = yield* setup;
      yield* session(directory, (journal) =>
        Effect.gen(function* () {
          assert.is(journal.finished.size, 0);
          yield* journal.append(sample(0));
          yield* journal.appendAll([sample(1), sample(2)]);
          assert.equal([...journal.finished], ["t/0", "t/1", "t/2"]);
          yield* journal.writeAtomic("results.json", "{}\n");
        }));
      yield* session(directory, (journal) =>
        Effect.sync(() => {
          assert.equal([...journal.finished], ["t/0", "t/1", "t/2"]);
          assert.is(journal.dropped, 0);
        }));
      const text = yield* fs.readFileString(samples);
      assert.equal(
        text.trimEnd().split("\n").map((line) => JSON.parse(line)).map(
          ({ checksum, ...rest }) => [checksum.length, rest],
        ),
        [0, 1, 2].map((at) => [16, { ...sample(at), format: 2 }]),
      );
      assert.is(yield* fs.readFileString(path.join(directory, "results.json")), "{}\n");
      const run = JSON.parse(yield* fs.readFileString(path.join(directory, "run.json")));
      assert.equal(run, { format: 2, config: options.config, sessions: [{}, {}] });
      assert.equal((yield* fs.readDirectory(directory)).toSorted(), [
        "results.json",
        "run.json",
        "samples.jsonl",
      ]);
    })
  ),
);

test(
  "append() as a stage passes elements on once they are recorded",
  effectTest(() =>
    Effect.gen(function* () {
      const { directory } = yield* setup;
      yield* session(directory, (journal) =>
        Stream.range(0, 99).pipe(
          Stream.map(sample),
          Journal.append(journal),
          Stream.runForEach(({ id }) => Effect.sync(() => assert.ok(journal.finished.has(id)))),
        ));
      assert.is((yield* idsOf(directory)).length, 100);
    })
  ),
);

test(
  "append() from many fibers keeps lines whole",
  effectTest(() =>
    Effect.gen(function* () {
      const { directory } = yield* setup;
      yield* session(directory, (journal) =>
        Effect.forEach(
          Array.from({ length: 60 }, (_, at) => sample(at)),
          journal.append,
          {
            concurrency: "unbounded",
          },
        ));
      assert.is(new Set(yield* idsOf(directory)).size, 60);
    })
  ),
);

test(
  "append() takes one of several records of the same id that come at once",
  effectTest(() =>
    Effect.gen(function* () {
      const { directory } = yield* setup;
      const results = yield* session(directory, (journal) =>
        Effect.forEach([0, 0, 0, 0].map(sample), (record) =>
          Effect.either(journal.append(record)), {
          concurrency: "unbounded",
        }));
      assert.is(results.filter(Either.isRight).length, 1);
      assert.equal(yield* idsOf(directory), ["t/0"]);
    })
  ),
);

test(
  "append() refuses what it could not read again, and the journal stays usable",
  effectTest(() =>
    Effect.gen(function* () {
      const { directory } = yield* setup;
      yield* session(directory, (journal) =>
        Effect.gen(function* () {
          yield* journal.append(sample(0));
          const refused: readonly (readonly [Effect.Effect<void, Error>, RegExp])[] = [
            [journal.append(sample(0)), /record the example 't\/0' as it is recorded already/],
            [journal.appendAll([sample(1), sample(1)]), /'t\/1' as it is recorded already/],
            [
              journal.append({ ...sample(2), arms: { pt: Number.NaN } }),
              /'t\/2' as it could not be read again: at arms\.pt: Expected number, actual null/,
            ],
            [journal.append({ ...sample(3), text: 5 as never }), /'t\/3' as .*Expected string/],
          ];
          for (const [effect, message] of refused) {
            assert.match(yield* messageOf(effect), message);
          }
          yield* journal.append(sample(5));
        }));
      assert.equal(yield* idsOf(directory), ["t/0", "t/5"]);
    })
  ),
);

test(
  "append() refuses a forbidden key in what the schema lets through",
  effectTest(() =>
    Effect.gen(function* () {
      const { directory } = yield* setup;
      const schema = Schema.Struct({ id: Schema.String, extra: Schema.Unknown });
      const journal = yield* Journal.open(directory, { config: {}, schema });
      const extra: unknown = JSON.parse('{"__proto__":{"polluted":1}}');
      assert.match(
        yield* messageOf(journal.append({ id: "a", extra })),
        /'a' as it has the forbidden key "__proto__"/,
      );
      // The schema's own encoding would drop this one.
      const arms = Object.assign(Object.create(null), { ["__proto__"]: 1 });
      const samples = yield* Journal.open(`${directory}/samples`, { config: {}, schema: Sample });
      assert.match(
        yield* messageOf(samples.append({ ...sample(0), arms })),
        /'t\/0' as it has the forbidden key "__proto__"/,
      );
    })
  ),
);

test(
  "append() gives back every text and number that JSON has",
  effectTest(() =>
    Effect.gen(function* () {
      const { directory } = yield* setup;
      const record = fc.record({
        id: fc.string({ unit: "binary" }),
        text: fc.string({ unit: "binary" }),
        arms: fc.dictionary(
          fc.string().filter((name) => name !== "__proto__"),
          fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0),
        ),
      });
      const records = fc.sample(
        fc.uniqueArray(record, { selector: ({ id }) => id, minLength: 30 }),
        1,
      )[0]!;
      yield* session(directory, (journal) => journal.appendAll(records));
      const read = yield* Stream.runCollect(Journal.rows(directory, Sample));
      assert.equal(JSON.stringify(Chunk.toReadonlyArray(read)), JSON.stringify(records));
    })
  ),
);

test(
  "writeAtomic() replaces whole files inside the directory only",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, path, directory } = yield* setup;
      yield* session(directory, (journal) =>
        Effect.gen(function* () {
          yield* journal.writeAtomic("report.html", "one");
          yield* journal.writeAtomic("report.html", new TextEncoder().encode("two"));
          for (const name of ["../x", "a/b", "run.json", "samples.jsonl"]) {
            assert.match(yield* messageOf(journal.writeAtomic(name, "")), /need a plain file name/);
          }
        }));
      assert.is(yield* fs.readFileString(path.join(directory, "report.html")), "two");
      // What a crash between writing and renaming leaves goes with the next opening.
      yield* fs.writeFileString(path.join(directory, "results.json.0123abcd.tmp"), "{");
      yield* session(directory, () => Effect.void);
      assert.not.ok(yield* fs.exists(path.join(directory, "results.json.0123abcd.tmp")));
    })
  ),
);

test(
  "rows() holds one chunk at a time: 50,000 records, and reopening finds each",
  effectTest(() =>
    Effect.gen(function* () {
      const { directory } = yield* setup;
      yield* session(directory, (journal) =>
        Stream.range(0, 49_999).pipe(
          Stream.map(sample),
          Stream.rechunk(5000),
          Journal.append(journal),
          Stream.runDrain,
        ));
      yield* session(directory, ({ finished }) =>
        Effect.sync(() => assert.is(finished.size, 50_000)));
      const sum = yield* Journal.rows(directory, Sample).pipe(
        Stream.runFold(0, (sum, { arms }) =>
          sum + arms["pt"]!),
      );
      assert.is(sum, (50_000 * 49_999) / 2);
    })
  ),
);

test.run();
