import { Effect, Either } from "effect";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Journal } from "../../lib/run/mod.ts";
import { effectTest } from "../support.ts";
import { idsOf, lineOf, messageOf, Sample, sample, session, setup } from "./journal_support.ts";

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
    })
  ),
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

test.run();
