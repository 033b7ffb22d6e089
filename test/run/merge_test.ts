import { FileSystem } from "@effect/platform";
import { Effect, Stream } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Journal, merge, readFailures, shardOf } from "../../lib/run/mod.ts";
import { Sample } from "../../lib/results/mod.ts";
import { readJson } from "../../lib/schema/files.ts";
import { Schema } from "../../lib/schema/mod.ts";
import { sampleOf, unitOf } from "../queue/support.ts";
import { effectTest } from "../support.ts";

const TOTAL = 23;
// in an order that their ids don't tell, as after --shuffle
const units = Array.from({ length: TOTAL }, (_, at) => unitOf((at * 7 + 3) % TOTAL));
const prompts = ["one", "two"];
const config = {
  task: "word-problems",
  model: "m",
  prompts: prompts.map((name) => ({ name, sha256: "" })),
  seed: 0,
};

/** What a whole run under both prompts records of some examples. */
const samplesOf = (ids: readonly string[]) =>
  prompts.flatMap((prompt) =>
    units.filter(({ example }) => ids.includes(example.id))
      .map((unit) => sampleOf({ ...unit, prompt }))
  );

/** The run directories of all shards, finished; `change` may spoil one. */
const shards = (
  change: (index: number) => {
    config?: object;
    drop?: number;
    extra?: number;
    /** The first line comes last, as of an example that failed at first. */
    late?: boolean;
    /** The first example fails instead. */
    failed?: boolean;
    /** No example has a line under this prompt: all fail. */
    failing?: string;
  } = () => ({}),
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const folder = yield* fs.makeTempDirectoryScoped();
    const examples = Stream.fromIterable(units.map(({ example }) => example));
    const directories = yield* Effect.forEach([3, 1, 2], (index) =>
      Effect.gen(function* () {
        const { ids, places, total, examples: own } = yield* shardOf(examples, { index, of: 3 });
        const changed = change(index);
        const directory = `${folder}/shard-${index}`;
        const journal = yield* Journal.open(directory, {
          config: {
            ...config,
            ...changed.config,
            shard: { index, of: 3, ids, places: places.join(" "), total },
          },
          schema: Sample,
        });
        const samples = samplesOf([...yield* Stream.runCollect(own)].map(({ id }) => id));
        const [first, ...others] = samples;
        yield* journal.appendAll(
          changed.failing !== undefined
            ? samples.filter(({ prompt }) => prompt !== changed.failing)
            : changed.failed
            ? others
            : changed.late
            ? [...others, first!]
            : samples.slice(changed.drop ?? 0),
        );
        const failed = samples.filter((sample) =>
          sample.prompt === changed.failing || (changed.failed === true && sample === first)
        );
        if (failed.length > 0) {
          const lines = failed.map(({ id }) => JSON.stringify({ id, error: "too long" }) + "\n");
          yield* fs.writeFileString(`${directory}/errors.jsonl`, lines.join(""));
        }
        if (changed.extra !== undefined) {
          const ids = samples.map(({ example }) => example);
          const { example } = units.find(({ example }) => !ids.includes(example.id))!;
          yield* journal.append(samplesOf([example.id])[0]!);
        }
        return directory;
      }).pipe(Effect.scoped));
    return { into: `${folder}/whole`, directories };
  });

const refused = (change: Parameters<typeof shards>[0], reason: RegExp) =>
  Effect.gen(function* () {
    const { into, directories } = yield* shards(change);
    const error = yield* Effect.flip(merge(into, directories, { about: {} }));
    assert.match(error.message, reason);
    const fs = yield* FileSystem.FileSystem;
    assert.not(yield* fs.exists(into), "nothing is written");
  });

test(
  "merge() makes of all shards the run that one machine would have made, and can be repeated",
  effectTest(() =>
    Effect.gen(function* () {
      const { into, directories } = yield* shards();
      const summary = yield* merge(into, directories, { about: {} });
      assert.is(summary.n, TOTAL);
      const samples = yield* Stream.runCollect(Journal.rows(into, Sample));
      assert.equal([...samples], samplesOf(units.map(({ example }) => example.id)));
      const run = yield* readJson(`${into}/run.json`, Schema.Struct({ config: Schema.Unknown }));
      assert.equal(run.config, config);
      assert.equal(yield* merge(into, directories, { about: {} }), summary);
    })
  ),
);

test(
  "merge() refuses shards of another model, unfinished ones, and samples of another shard",
  effectTest(() =>
    Effect.gen(function* () {
      yield* refused(
        (index) => index === 2 ? { config: { model: "n" } } : {},
        /shard-2' is of another run than '.*shard-3': model: m in .*shard-3', n here/,
      );
      yield* refused(
        (index) => index === 1 ? { drop: 1 } : {},
        /shard-1' has \d+ of its \d+ samples: run its command again/,
      );
      yield* refused(
        (index) => index === 1 ? { drop: 1, extra: 1 } : {},
        /shard-1' has 'test-\d+@one', which is not its own/,
      );
    })
  ),
);

test(
  "merge() joins shards of unlike devices only when asked, and names them all",
  effectTest(() =>
    Effect.gen(function* () {
      const change = (index: number) => ({
        config: { device: index === 2 ? "webgpu (A)" : "cpu" },
      });
      yield* refused(
        change,
        /of another run.*: device: cpu in .*shard-3', webgpu \(A\) here \(--mixed-devices merges/,
      );
      yield* refused(
        (index) => index === 2 ? { config: { device: "webgpu (A)", model: "n" } } : {},
        /model: m in .* here$/,
      );
      const { into, directories } = yield* shards(change);
      const summary = yield* merge(into, directories, { about: {}, mixedDevices: true });
      assert.is(summary.n, TOTAL);
      const run = yield* readJson(`${into}/run.json`, Schema.Struct({ config: Schema.Unknown }));
      assert.equal(run.config, { ...config, device: "cpu + webgpu (A)" });
    })
  ),
);

test(
  "merge() puts a line that came late in its example's place",
  effectTest(() =>
    Effect.gen(function* () {
      const { into, directories } = yield* shards((index) => ({ late: index === 2 }));
      yield* merge(into, directories, { about: {} });
      const samples = yield* Stream.runCollect(Journal.rows(into, Sample));
      assert.equal([...samples], samplesOf(units.map(({ example }) => example.id)));
    })
  ),
);

test(
  "merge() takes over what failed in a shard, as a whole run would have recorded it",
  effectTest(() =>
    Effect.gen(function* () {
      const { into, directories } = yield* shards((index) => ({ failed: index === 2 }));
      const { n, failed } = yield* merge(into, directories, { about: {} });
      assert.equal({ n, failed }, { n: TOTAL - 1, failed: 1 });
      const [failure, ...others] = yield* readFailures(into);
      assert.match(failure!.id, /@one$/);
      assert.is(failure!.error, "too long");
      assert.equal(others, []);
      const samples = yield* Stream.runCollect(Journal.rows(into, Sample));
      assert.is(samples.length, 2 * TOTAL - 1);
    })
  ),
);

test(
  "merge() keeps prompts and their order where the first directory has no sample under the first prompt",
  effectTest(() =>
    Effect.gen(function* () {
      const { into, directories } = yield* shards((index) =>
        index === 3 ? { failing: prompts[0]! } : {}
      );
      const { n, failed, prompts: merged } = yield* merge(into, directories, { about: {} });
      const [whole, samples] = [
        samplesOf(units.map(({ example }) => example.id)),
        [...yield* Stream.runCollect(Journal.rows(into, Sample))],
      ];
      assert.equal({ n, merged }, { n: TOTAL - failed, merged: prompts });
      assert.is(samples.length, whole.length - failed);
      const kept = new Set(samples.map(({ id }) => id));
      assert.equal(samples, whole.filter(({ id }) => kept.has(id)));
    })
  ),
);

test(
  "merge() refuses missing shards, a shard given twice, and a run that is no shard",
  effectTest(() =>
    Effect.gen(function* () {
      const { into, directories } = yield* shards();
      const [third = "", first = "", second = ""] = directories;
      const reasonOf = (given: readonly string[]) =>
        Effect.map(Effect.flip(merge(into, given, { about: {} })), ({ message }) => message);
      assert.match(yield* reasonOf([first, third]), /Cannot merge: shard 2 of 3 missing/);
      assert.match(yield* reasonOf([first]), /shards 2, 3 of 3 missing/);
      assert.match(yield* reasonOf([first, second, first]), /are the same shard 1\/3/);
      yield* merge(into, directories, { about: {} });
      assert.match(yield* reasonOf([into]), /is a whole run, not a shard/);
    })
  ),
);

test.run();
