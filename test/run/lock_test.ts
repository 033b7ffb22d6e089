import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { pid, platform } from "node:process";
import { FileSystem, Path } from "@effect/platform";
import { Effect, Option } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { claimName, lockRun, type Place, placeOf } from "../../lib/run/lock.ts";
import { effectTest } from "../support.ts";
import { start, testFile } from "../programs.ts";

const setup = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem;
  const path = yield* Path.Path;
  const directory = yield* fs.makeTempDirectoryScoped();
  /** Writes the claim of a process, of this place where nothing else is said; gives its path. */
  const claim = (pid: number, started: number, elsewhere: Partial<Place> = {}) => {
    const name = claimName({ ...placeOf(), ...elsewhere, pid, started });
    const file = path.join(directory, name);
    return Effect.as(fs.writeFileString(file, ""), file);
  };
  return { fs, path, directory, claim };
});

const lock = (directory: string) => Effect.scoped(lockRun(directory));

/** A process id that no process has: above the limit that Linux allows. */
const DEAD = 2 ** 22 + 1;
/** A time, in seconds, after which each lease has run out. */
const SILENT = Date.now() / 1000 - 300;

test(
  "lockRun() tells who holds the directory, and frees it with its scope",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, directory } = yield* setup;
      yield* Effect.scoped(Effect.gen(function* () {
        yield* lockRun(directory);
        const error = yield* Effect.flip(lock(directory));
        assert.match(
          error.message,
          /Cannot use the run directory '.*' as this process is using it/,
        );
        assert.is((yield* fs.readDirectory(directory)).length, 1);
      }));
      assert.equal(yield* fs.readDirectory(directory), []);
      yield* lock(directory);
    })
  ),
);

test(
  "lockRun() names another living process, and recovers what a killed one left",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, directory } = yield* setup;
      const child = yield* start(testFile("run/journal_child.ts", "fill", directory, "100000"));
      yield* child.said("open");
      const error = yield* Effect.flip(lock(directory));
      assert.match(error.message, `as process ${child.pid} is using it`);
      yield* child.signal("SIGKILL");
      yield* child.ended;
      assert.ok((yield* fs.readDirectory(directory)).some((name) => name.endsWith(".lock")));
      yield* lock(directory);
      assert.not.ok((yield* fs.readDirectory(directory)).some((name) => name.endsWith(".lock")));
    })
  ),
);

test(
  "lockRun() removes claims of dead processes only",
  effectTest(() =>
    Effect.gen(function* () {
      const { directory, claim } = yield* setup;
      yield* claim(DEAD, 0);
      yield* claim(DEAD, 77);
      // The number of this process, as one that ran before it and was killed has left it.
      if (platform === "linux") yield* claim(pid, 1);
      yield* lock(directory);
      yield* claim(DEAD, 5, { host: "elsewhere" });
      const error = yield* Effect.flip(lock(directory));
      assert.match(
        error.message,
        new RegExp(
          `process ${DEAD} on host 'elsewhere' .*remove '.*elsewhere\\..*\\.${DEAD}\\.5\\.lock'`,
        ),
      );
    })
  ),
);

test(
  "lockRun() takes the claim of another host, boot or container for alive until its lease has run out",
  effectTest(() =>
    Effect.gen(function* () {
      const refuseThenTake = (elsewhere: Partial<Place>) =>
        Effect.gen(function* () {
          const { fs, directory, claim } = yield* setup;
          const file = yield* claim(DEAD, 5, elsewhere);
          const error = yield* Effect.flip(lock(directory));
          assert.equal([error._tag, error.file], ["RunLocked", file]);
          yield* fs.utimes(file, SILENT, SILENT);
          yield* lock(directory);
          assert.equal(yield* fs.readDirectory(directory), []);
        });
      yield* Effect.forEach(
        [{ host: "elsewhere" }, { boot: "ab" }, { namespace: "1" }],
        refuseThenTake,
        { concurrency: "unbounded" },
      );
    }), 60),
);

test(
  "lockRun() does not take a claim whose lease has run out by a clock that has jumped",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, directory, claim } = yield* setup;
      const file = yield* claim(DEAD, 5, { host: "elsewhere" });
      yield* fs.utimes(file, SILENT, SILENT);
      const renewed = Effect.delay(fs.writeFileString(file, ".", { flag: "r+" }), 2000);
      yield* Effect.forkScoped(renewed);
      const error = yield* Effect.flip(lock(directory));
      assert.equal([error._tag, error.file], ["RunLocked", file]);
    }), 60),
);

test(
  "lockRun() renews its lease",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, path, directory } = yield* setup;
      yield* lockRun(directory);
      const [name] = yield* fs.readDirectory(directory);
      const file = path.join(directory, name!);
      yield* fs.utimes(file, 1, 1);
      yield* fs.stat(file).pipe(
        Effect.delay(200),
        Effect.repeat({
          until: ({ mtime }) => Option.getOrThrow(mtime).getTime() > Date.now() - 60_000,
        }),
      );
    })
  ),
);

/** How a process gets process ids of its own, as in a container; undefined where it may not. */
const CONTAINER = ["unshare", "-r", "-p", "-f", "--mount-proc", "--kill-child"];
const canContain = spawnSync(CONTAINER[0]!, [...CONTAINER.slice(1), "true"]).status === 0;

(canContain ? test : test.skip)(
  "lockRun() does not take the claim of a living process in a container for a dead one's",
  effectTest(() =>
    Effect.gen(function* () {
      const { directory } = yield* setup;
      const child = yield* start(
        testFile("run/journal_child.ts", "fill", directory, "100000"),
        { inside: CONTAINER },
      );
      yield* child.said("open");
      const error = yield* Effect.flip(lock(directory));
      assert.is(error._tag, "RunLocked");
    })
  ),
);

test(
  "lockRun() takes a zombie, killed but not yet looked for by its parent, for dead",
  effectTest(() =>
    Effect.gen(function* () {
      if (platform !== "linux") return;
      const { directory, claim } = yield* setup;
      // The inner shell says its number and ends; its parent has become a sleep, which looks for no child.
      const parent = yield* Effect.acquireRelease(
        Effect.sync(() => spawn("sh", ["-c", "sh -c 'echo $$' & exec sleep 60"])),
        (parent) => Effect.sync(() => parent.kill("SIGKILL")),
      );
      const said = yield* Effect.promise(() => once(parent.stdout, "data"));
      yield* Effect.sleep(200);
      yield* claim(Number(String(said[0])), 0);
      yield* lock(directory);
    })
  ),
);

test(
  "lockRun() leaves other files alone, also those whose names look like claims",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, path, directory } = yield* setup;
      const names = [".lock", "%.1.1.lock", "package.lock", "x.lock", "x.1.lock"];
      for (const name of names) yield* fs.writeFileString(path.join(directory, name), "");
      yield* lock(directory);
      assert.equal((yield* fs.readDirectory(directory)).toSorted(), names.toSorted());
    })
  ),
);

test(
  "lockRun() never lets two processes in, also when they find the claim of a dead one together",
  effectTest(() =>
    Effect.gen(function* () {
      const { fs, path, directory, claim } = yield* setup;
      yield* claim(DEAD, 1);
      const children = yield* Effect.replicateEffect(
        start(testFile("run/journal_child.ts", "contend", directory, "4")),
        3,
      );
      for (const child of children) {
        const { code, output } = yield* child.ended;
        assert.equal([code, output], [0, ""]);
      }
      const text = yield* fs.readFileString(path.join(directory, "samples.jsonl"));
      assert.is(text.trimEnd().split("\n").length, 12);
    })
  ),
);

test.run();
