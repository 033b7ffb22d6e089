/**
 * Nothing leaves the machine: 40 s of work on the embedded model, in the main thread and a worker. ONNX Runtime's telemetry, where it is
 * on, leaves files at once and looks up a host after some 15 s.
 *
 * @module
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROOT } from "../docs/public_modules.ts";
import { testFile } from "../programs.ts";

const SECONDS = 40;

const here = (file: string): string => join(import.meta.dirname!, file);

/** A network and mounts of its own, as root in it. */
const UNSHARE = ["unshare", "-rnm"];

/** Why a network of one's own cannot be had here, if so. */
function refusal(): string | undefined {
  const [program = "", ...rest] = UNSHARE;
  const script = "ip link set lo up && mount --bind /dev/null /etc/resolv.conf";
  try {
    execFileSync(program, [...rest, "sh", "-c", script], { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return (error as Error).message.trim().replace(/\s+/g, " ");
  }
}

/** Runs quiet_work.ts as compiled JavaScript, in `folder`, behind other programs; gives what was printed. */
async function work(folder: string, before: readonly string[]): Promise<string> {
  const [program = "", ...rest] = [
    ...before,
    ...testFile("runtime/quiet_work.ts", String(SECONDS)),
  ];
  const { stdout } = await promisify(execFile)(program, rest, {
    cwd: ROOT,
    env: {
      PATH: process.env["PATH"],
      HOME: join(folder, "home"),
      TMPDIR: join(folder, "temporary"),
      DPC_CACHE: join(folder, "cache"),
    },
  });
  return stdout;
}

const refused = refusal();
const test = suite<{ folder: string; printed: string }>("40 s of work");

test.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), "quiet-work-"));
  for (const name of ["home", "temporary"]) mkdirSync(join(context.folder, name));
  const resolvConf = join(context.folder, "resolv.conf");
  writeFileSync(resolvConf, "nameserver 127.0.0.1\n");
  const network = [...UNSHARE, process.execPath, here("quiet_network.mjs"), resolvConf];
  context.printed = await work(context.folder, refused === undefined ? network : []);
});

test.after(({ folder }) => rmSync(folder, { recursive: true }));

test("leave no file of ONNX Runtime or tsx in the home and temporary folders", ({ folder, printed }) => {
  assert.match(printed, /^rounds: [1-9]/m);
  for (const name of ["home", "temporary"]) {
    assert.equal(readdirSync(join(folder, name), { recursive: true }), [], name);
  }
});

if (refused === undefined) {
  test("look up no name and open no connection", ({ printed }) => {
    assert.equal(JSON.parse(printed.trim().split("\n").at(-1)!), {
      code: 0,
      theirs: { names: [], connections: 0 },
      // a lookup and a connection would have been seen
      own: { names: ["own.example"], connections: 1 },
    });
  });
} else {
  console.log(`skipped: the network of 40 s of work, as none of its own can be had (${refused})`);
}

test.run();
