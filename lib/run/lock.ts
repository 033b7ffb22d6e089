/**
 * One writer per run directory.
 *
 * A writer claims the directory by a file whose name says who it is: host, boot, namespace of process ids (a container has its own),
 * process id and the time the process started. Whether it still lives is asked of the system where the process ids are the same ones; of
 * another host or container it is known by its lease alone: every few seconds it writes to its claim. Whoever sees the claim of another
 * living process after making its own withdraws, so two can never both hold the directory. As no two processes have the same name, the
 * claim of a dead process can be removed by anyone at any time without hitting that of a living one, which a single lock file with a
 * process id inside cannot offer.
 *
 * @module
 */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { FileSystem, Path } from "@effect/platform";
import { Data, Effect, Option, Random, type Scope } from "effect";
import { type FileError, fileError } from "../schema/files.ts";

/** Where process ids mean the same processes. */
export interface Place {
  /** Name of the machine. */
  readonly host: string;
  /** Linux' id of the machine's start; "0" where the system does not say. */
  readonly boot: string;
  /** Linux' number of the namespace of process ids; "0" where the system does not say. */
  readonly namespace: string;
}

/** A process that claims a run directory. */
export interface Writer extends Place {
  /** Process on that machine. */
  readonly pid: number;
  /** Start of the process in clock ticks since boot; 0 where the system does not say. */
  readonly started: number;
}

/** Another process is writing to the run directory. */
export class RunLocked extends Data.TaggedError("RunLocked")<{
  readonly directory: string;
  readonly holder: Writer;
  /** The claim; removing it frees the directory. */
  readonly file: string;
  /** What the directory is. */
  readonly what: string;
}> {
  /** One line for the user. */
  override get message(): string {
    const { host, pid } = this.holder;
    const who = isAt(this.holder, placeOf())
      ? pid === process.pid ? "this process" : `process ${pid}`
      : host === hostname()
      ? `process ${pid} of another container or start of this host`
      : `process ${pid} on host '${host}'`;
    return `Cannot use the ${this.what} '${this.directory}' as ${who} is using it: ` +
      `wait for its end or choose another directory (if it is gone, remove '${this.file}')`;
  }
}

/** How often a claim is tried; several processes that start at once see and withdraw from each other. */
const ATTEMPTS = 4;

/** Seconds between a writer's signs of life. */
const RENEWAL = 5;

/** Seconds without a sign of life after which a writer elsewhere counts as gone: many renewals, as a busy or sleeping machine is late. */
const LEASE = 120;

/** Seconds that a claim whose lease has run out is watched: two renewals. */
const WATCH = 2 * RENEWAL;

/**
 * Holds a run directory until the scope closes.
 *
 * @param directory an existing directory
 * @param what it is, for the message
 * @returns nothing; fails with {@linkcode RunLocked} while another living process, or one elsewhere whose lease has not run out, holds
 *   it, and with {@linkcode FileError} if the claim cannot be written
 */
export function lockRun(
  directory: string,
  what: string = "run directory",
): Effect.Effect<
  void,
  RunLocked | FileError,
  FileSystem.FileSystem | Path.Path | Scope.Scope
> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const self: Writer = {
      ...placeOf(),
      pid: process.pid,
      started: (yield* processStatus(process.pid)).started,
    };
    const fileOf = (writer: Writer) => path.join(directory, claimName(writer));
    const own = fileOf(self);
    const withdraw = Effect.ignore(fs.remove(own, { force: true }));
    const locked = (holder: Writer) =>
      new RunLocked({ directory, holder, file: fileOf(holder), what });

    const claim = Effect.gen(function* () {
      yield* fs.writeFile(own, new Uint8Array(), { flag: "wx" }).pipe(
        Effect.mapError((error) =>
          error._tag === "SystemError" && error.reason === "AlreadyExists"
            ? locked(self)
            : fileError("write", own)(error)
        ),
      );
      yield* Effect.gen(function* () {
        const names = yield* fs.readDirectory(directory).pipe(
          Effect.mapError(fileError("read", directory)),
        );
        for (const name of names) {
          const other = parseClaim(name);
          if (other === undefined || fileOf(other) === own) continue;
          const isGone = isAt(other, self)
            ? !(yield* isAlive(other))
            : yield* hasRunOut(fileOf(other), own);
          if (isGone) {
            yield* Effect.ignore(fs.remove(fileOf(other), { force: true }));
          } else return yield* locked(other);
        }
      }).pipe(Effect.tapError(() => withdraw));
    });

    const attempt = (
      left: number,
    ): Effect.Effect<void, RunLocked | FileError, FileSystem.FileSystem> =>
      Effect.catchTag(
        claim,
        "RunLocked",
        (error) =>
          left === 0 || error.file === own ? Effect.fail(error) : Random.nextRange(20, 120).pipe(
            Effect.flatMap((milliseconds) => Effect.sleep(milliseconds)),
            Effect.zipRight(attempt(left - 1)),
          ),
      );
    yield* Effect.acquireRelease(attempt(ATTEMPTS - 1), () => withdraw);
    // written rather than given a time, so that all leases go by the clock of the file system
    yield* fs.writeFileString(own, ".", { flag: "r+" }).pipe(
      Effect.ignore,
      Effect.delay(RENEWAL * 1000),
      Effect.forever,
      Effect.forkScoped,
    );
  });
}

/**
 * Whether a claim has not been renewed for so long, by the clock that the newly written own claim shows, that nobody holds it. As a clock
 * may have jumped, by an hour where a machine slept, such a claim is then watched: who lives renews it.
 */
function hasRunOut(
  file: string,
  own: string,
): Effect.Effect<boolean, never, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const timeOf = (each: string) =>
      Effect.map(
        Effect.flatMap(fs.stat(each), ({ mtime }) => mtime),
        (time) => time.getTime(),
      );
    const renewed = yield* timeOf(file);
    if ((yield* timeOf(own)) - renewed <= LEASE * 1000) return false;
    return (yield* Effect.delay(timeOf(file), WATCH * 1000)) === renewed;
  }).pipe(Effect.orElseSucceed(() => false));
}

/** Where this process is. */
export function placeOf(): Place {
  const ask = (read: () => string) => Option.getOrElse(Option.liftThrowable(read)(), () => "");
  const boot = ask(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
  const namespace = ask(() => readlinkSync("/proc/self/ns/pid"));
  return {
    host: hostname(),
    boot: boot.replace(/[^0-9a-f]/g, "") || "0",
    namespace: namespace.replace(/\D/g, "") || "0",
  };
}

const isAt = (writer: Place, place: Place): boolean =>
  writer.host === place.host && writer.boot === place.boot && writer.namespace === place.namespace;

/** Name of a writer's claim. */
export function claimName({ host, boot, namespace, pid, started }: Writer): string {
  return `${encodeURIComponent(host)}.${boot}.${namespace}.${pid}.${started}.lock`;
}

function parseClaim(name: string): Writer | undefined {
  const match = /^(.+)\.([0-9a-f]+)\.(\d+)\.(\d+)\.(\d+)\.lock$/.exec(name);
  if (match === null) return undefined;
  try {
    return {
      host: decodeURIComponent(match[1]!),
      boot: match[2]!,
      namespace: match[3]!,
      pid: Number(match[4]),
      started: Number(match[5]),
    };
  } catch {
    return undefined; // not a name that claimName() gives
  }
}

/** Whether a process of this place still runs; true where that cannot be known. */
function isAlive({ pid, started }: Writer): Effect.Effect<boolean, never, FileSystem.FileSystem> {
  return Effect.gen(function* () {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    }
    const now = yield* processStatus(pid);
    // Another process may have got the number since, and a killed one stays a zombie until its parent looks.
    return !now.ended && (started === 0 || now.started === 0 || now.started === started);
  });
}

/** Start and end of a process from Linux' /proc; unknown elsewhere, and where a sandbox keeps it closed. */
function processStatus(
  pid: number,
): Effect.Effect<
  { readonly started: number; readonly ended: boolean },
  never,
  FileSystem.FileSystem
> {
  return FileSystem.FileSystem.pipe(
    Effect.flatMap((fs) => fs.readFileString(`/proc/${pid}/stat`)),
    Effect.map((stat) => {
      // The second field, the command in brackets, may itself hold spaces and brackets; 3 is the state, 22 the start.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return { started: Number(fields[19]) || 0, ended: fields[0] === "Z" || fields[0] === "X" };
    }),
    Effect.catchAllCause(() => Effect.succeed({ started: 0, ended: false })),
  );
}
