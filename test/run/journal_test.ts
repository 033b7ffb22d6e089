import { FileSystem, Path } from "@effect/platform";
import { Chunk, Effect, Either, Stream } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Journal } from "../../lib/run/mod.ts";
import { toCheckedLine } from "../../lib/run/checked_line.ts";
import { Schema } from "../../lib/schema/mod.ts";
import { effectTest } from "../support.ts";

const Sample = Schema.Struct({
  id: Schema.String,
  text: Schema.String,
  arms: Schema.Record({ key: Schema.String, value: Schema.Number }),
});
type Sample = typeof Sample.Type;

const sample = (at: number): Sample => ({ id: `t/${at}`, text: `Ä ${at}\n"`, arms: { pt: at } });
const options = { config: { task: "t", gamma: 0.1 }, schema: Sample };

/** The line of a record without its line feed. */
const lineOf = (record: object) => new TextDecoder().decode(toCheckedLine(record)).trimEnd();

/** A fresh directory and the paths in it. */
const setup = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const path = yield* Path.Path;
  const directory = path.join(yield* fs.makeTempDirectoryScoped(), "runs", "first");
  return { fs, path, directory, samples: path.join(directory, "samples.jsonl") };
});

/** Opens, does something, and closes again. */
const session = <A, E, R>(
  directory: string,
  use: (journal: Journal.Journal<Sample>) => Effect.Effect<A, E, R>,
) => Effect.scoped(Effect.flatMap(Journal.open(directory, options), use));

const idsOf = (directory: string) =>
  Journal.rows(directory, Sample).pipe(
    Stream.map(({ id }) => id),
    Stream.runCollect,
    Effect.map(Chunk.toReadonlyArray),
  );

/** The message of the failure that an effect must end in. */
const messageOf = <A, E extends Error, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flip(effect).pipe(
    Effect.map((error) => error.message),
    Effect.catchAll(() => Effect.fail(new Error("expected a failure"))),
  );

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
  "open() drops a torn last line, wherever it is torn, and nothing else",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, directory, samples } = yield* setup;
      yield* session(directory, (journal) => journal.appendAll([0, 1].map(sample)));
      const whole = yield* fs.readFile(samples);
      const starts = [0, whole.indexOf(0x0a) + 1, whole.length];
      for (let length = whole.length - 1; length >= 0; length -= 2) {
        yield* fs.writeFile(samples, whole.subarray(0, length));
        const kept = starts.filter((start) => start <= length).length - 1;
        const dropped = yield* session(directory, (journal) => {
          assert.is(journal.finished.size, kept);
          return Effect.as(journal.append(sample(9)), journal.dropped);
        });
        assert.is(dropped, length - starts[kept]!);
        assert.equal(yield* idsOf(directory), [
          ...[0, 1].slice(0, kept).map((at) => `t/${at}`),
          "t/9",
        ]);
      }
    }), 180),
);

test(
  "open() takes a last line that is no JSON for torn even with its line feed, as a power failure leaves it",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, directory, samples } = yield* setup;
      yield* session(directory, (journal) => journal.append(sample(0)));
      const good = yield* fs.readFileString(samples);
      for (const tail of ["\0\0\0\n", "\0\0\0", "\n", '{"id":"t/1"', "{\n", "\ufffd"]) {
        yield* fs.writeFileString(samples, good + tail);
        assert.equal(yield* idsOf(directory), ["t/0"]);
        yield* session(directory, ({ finished }) => Effect.sync(() => assert.is(finished.size, 1)));
        assert.is(yield* fs.readFileString(samples), good);
      }
    })
  ),
);

test(
  "open() and rows() report a damaged line in the middle with its number and change nothing",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, directory, samples } = yield* setup;
      yield* session(directory, (journal) => journal.appendAll([0, 1, 2].map(sample)));
      const lines = (yield* fs.readFileString(samples)).split("\n");
      const cases: readonly (readonly [string, RegExp])[] = [
        ["{", /Cannot read line 2 of '.*samples\.jsonl' as it is not valid JSON: /],
        ["", /line 2 .* not valid JSON/],
        ["5", /line 2 .* its checksum differs/],
        [lines[1]!.replace("Ä 1", "Ä 2"), /line 2 .* as it is not what was written/],
        [lines[1]!.replace(/"checksum".*/, '"a":0}'), /line 2 .* its checksum differs/],
        [lineOf({ id: "x", text: "y" }), /line 2 .* its record is wrong: at arms: is missing/],
        [
          JSON.stringify(sample(1)),
          /samples\.jsonl' as on line 2 it has no format number and this version reads format 2: evaluate again/,
        ],
        [
          lines[1]!.replace('"format":2', '"format":1'),
          /samples\.jsonl' as on line 2 its format is 1 and this version reads format 2: evaluate again/,
        ],
        [lines[0]!, /line 2 .* it repeats the id 't\/0'/],
        ['{"id":"x","text":"","arms":{"__proto__":1}}', /line 2 .* forbidden key "__proto__"/],
        ['{"id":"x","\\u005f_proto__":{"polluted":1}}', /line 2 .* forbidden key "__proto__"/],
      ];
      for (const [bad, message] of cases) {
        const text = [lines[0], bad, ...lines.slice(2)].join("\n");
        yield* fs.writeFileString(samples, text);
        assert.match(yield* messageOf(session(directory, () => Effect.void)), message);
        assert.match(yield* messageOf(idsOf(directory)), message);
        assert.is(yield* fs.readFileString(samples), text);
      }
      yield* fs.writeFile(samples, new Uint8Array([0xff, 0x0a, 0x7b, 0x7d, 0x0a]));
      assert.match(yield* messageOf(idsOf(directory)), /line 1 .* not valid UTF-8/);
      assert.is(({} as Record<string, unknown>)["polluted"], undefined);
    })
  ),
);

test(
  "open() refuses another configuration and says line by line what differs",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, path, directory } = yield* setup;
      const open = (config: unknown, about = {}) =>
        Effect.scoped(Journal.open(directory, { config, about, schema: Sample }));
      const config = {
        task: "gsm8k",
        limit: 50,
        rho: Infinity,
        arms: ["pt", "dpc"],
        none: undefined,
      };
      yield* open(config, { node: "20" });
      yield* open({ arms: ["pt", "dpc"], rho: Infinity, limit: 50, task: "gsm8k" }, { node: "22" });
      const message = yield* messageOf(
        open({ task: "gsm8k", limit: 200, rho: -Infinity, arms: ["pt"], seed: 1 }),
      );
      assert.is(
        message,
        [
          `Cannot continue the run in '${directory}' as its configuration differs ` +
          "(give the recorded options, or another directory):",
          "  limit: 50 in the run, 200 now",
          "  rho: Infinity in the run, -Infinity now",
          "  arms: pt,dpc in the run, pt now",
          "  seed: absent in the run, 1 now",
        ].join("\n"),
      );
      const run = JSON.parse(yield* fs.readFileString(path.join(directory, "run.json")));
      assert.equal(run.sessions, [{ node: "20" }, { node: "22" }]);
    })
  ),
);

test(
  "open() refuses records without run.json and a run.json of another form",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, path, directory, samples } = yield* setup;
      yield* fs.makeDirectory(directory, { recursive: true });
      yield* fs.writeFileString(samples, "");
      const open = session(directory, () => Effect.void);
      assert.match(yield* messageOf(open), /run\.json' as 'samples\.jsonl' lies beside it/);
      yield* fs.writeFileString(path.join(directory, "run.json"), '{"format":1}');
      assert.match(
        yield* messageOf(open),
        /run\.json' as its format is 1 and this version reads format 2: evaluate again into another directory$/,
      );
      yield* fs.writeFileString(path.join(directory, "run.json"), '{"format":2}');
      assert.match(
        yield* messageOf(open),
        /run\.json' as its content is wrong at sessions: is missing/,
      );
      yield* fs.writeFileString(path.join(directory, "run.json"), "{");
      assert.match(yield* messageOf(open), /run\.json' as it is not valid JSON/);
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
  "rows() never dies of what it reads: any bytes give records or a typed error",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, directory, samples } = yield* setup;
      yield* session(directory, (journal) => journal.appendAll([0, 1, 2, 3].map(sample)));
      const whole = yield* fs.readFile(samples);
      const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 });
      for (const edits of fc.sample(damage, 300)) {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of edits) bytes[at] = value;
        yield* fs.writeFile(samples, bytes);
        const result = yield* Effect.either(idsOf(directory));
        if (Either.isLeft(result)) {
          assert.ok(["JournalCorrupt", "FileError"].includes(result.left._tag));
          assert.not.match(result.left.message, "\n");
        }
      }
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
    }), 180),
);

test.run();
