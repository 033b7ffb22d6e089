import { spawnSync } from "node:child_process";
import { FileSystem } from "@effect/platform";
import { Effect } from "effect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { effectTest } from "../support.ts";
import { testFile } from "../programs.ts";

/** Whether a file system of its own can be mounted here: Linux with user namespaces. */
const canMount =
  spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "tmpfs", "/tmp"]).status === 0;
const onMount = canMount ? test : test.skip;

/** Runs a shell script with a tmpfs of 1 MB at $DISK, and the journal's child as "$@". */
const withDisk = (script: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const disk = yield* fs.makeTempDirectoryScoped();
    const mounted = `mount -t tmpfs -o size=1m tmpfs "$DISK" || exit 9; ${script}`;
    const { stdout, stderr } = spawnSync(
      "unshare",
      ["-rm", "sh", "-c", mounted, "sh", ...testFile("run/journal_child.ts")],
      { encoding: "utf8", env: { ...process.env, DISK: disk } },
    );
    assert.is(stderr.replace(/^npm warn.*\n/gm, ""), "");
    return { disk, lines: stdout.trimEnd().split("\n") };
  });

onMount(
  "append() on a full disk is one clear line, and the run goes on once there is room",
  effectTest(() =>
    Effect.gen(function* () {
      const { disk, lines } = yield* withDisk(
        `"$@" fill "$DISK/run" 300; echo "code $?"; ls "$DISK/run"
         mount -o remount,size=16m "$DISK"
         "$@" fill "$DISK/run" 300; echo "code $?"; wc -l < "$DISK/run/samples.jsonl"`,
      );
      const [opened, message = "", ...rest] = lines;
      assert.is(opened, "open");
      assert.ok(message.startsWith(`Cannot write '${disk}/run/samples.jsonl' as the system says `));
      assert.match(
        message,
        /no space left on device.*finished examples are kept: once this is fixed/i,
      );
      const files = ["run.json", "samples.jsonl"];
      assert.equal(rest, ["code 1", ...files, "open", "done", "code 0", "300"]);
    })
  ),
);

onMount(
  "open() of a read-only directory is one clear line",
  effectTest(() =>
    Effect.gen(function* () {
      const { disk, lines } = yield* withDisk(
        `"$@" fill "$DISK/run" 3; mount -o remount,ro "$DISK"
         "$@" fill "$DISK/run" 3; "$@" fill "$DISK/other" 3`,
      );
      assert.equal(lines.slice(0, 2), ["open", "done"]);
      assert.match(
        lines[2]!,
        new RegExp(`^Cannot write '${disk}/run/.*lock' as .*EROFS: read-only`),
      );
      assert.match(lines[3]!, new RegExp(`^Cannot write '${disk}/other' as .*EROFS: read-only`));
      assert.is(lines.length, 4);
    })
  ),
);

test.run();
