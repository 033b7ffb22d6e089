/**
 * The memory of a run's processes, watched for growth.
 *
 * @module
 */
import { Effect } from "effect";
import { residentOf } from "../../../reliability/processes.ts";
import { enginesOf, type Round } from "./faults.ts";

/** Seconds between two looks. */
const EVERY = 15;
/** Seconds after which a process has taken what it needs. */
const WARM = 60;

/** What a process held, by its age in minutes. */
interface Look {
  readonly age: number;
  readonly mebibytes: number;
}

/** Looks of each process so far, by role and process id. */
const looks = new Map<string, Look[]>();
const born = new Map<string, number>();

function look(role: string, pid: number): void {
  try {
    const key = `${role} ${pid}`;
    const now = performance.now() / 1000;
    if (!born.has(key)) born.set(key, now);
    const age = now - born.get(key)!;
    if (age < WARM) return;
    const mine = looks.get(key) ?? [];
    mine.push({ age: age / 60, mebibytes: residentOf(pid) / 2 ** 20 });
    looks.set(key, mine);
  } catch { /* it has ended meanwhile */ }
}

/** Looks at all processes of a run for ever. */
export const watchMemory = ({ coordinator, workers, spared, redis }: Round): Effect.Effect<never> =>
  Effect.forever(Effect.delay(
    Effect.sync(() => {
      if (coordinator.program) look("coordinator", coordinator.program.pid);
      for (const worker of [...workers, spared]) {
        if (worker.program) look("worker", worker.program.pid);
        for (const pid of enginesOf(worker)) look("engine", pid);
      }
      if (redis.pid() !== 0) look("server", redis.pid());
    }),
    1000 * EVERY,
  ));

/** The slope of a line through a process's looks, in MiB a minute. */
function slope(all: readonly Look[]): number {
  const mean = (of: (look: Look) => number) => all.reduce((sum, l) => sum + of(l), 0) / all.length;
  const [age, held] = [mean((l) => l.age), mean((l) => l.mebibytes)];
  const covariance = mean((l) => (l.age - age) * (l.mebibytes - held));
  return covariance / mean((l) => (l.age - age) ** 2);
}

/** The memory held at each so many minutes of a process's life, and at its end. */
const everyMinutes = (all: readonly Look[], minutes: number): readonly string[] =>
  all.filter(({ age }, at) =>
    at === 0 || at === all.length - 1 ||
    Math.floor(age / minutes) > Math.floor(all[at - 1]!.age / minutes)
  ).map(({ mebibytes }) => mebibytes.toFixed(0));

/** A line for each role: the memory that those that lived for long held every three minutes, and how fast it grew. */
export function memoryLines(leastMinutes = 4): readonly string[] {
  return ["coordinator", "worker", "engine", "server"].map((role) => {
    const all = [...looks].filter(([key]) => key.startsWith(role)).map(([, each]) => each);
    const long = all.filter((each) => each.at(-1)!.age >= leastMinutes);
    const most = Math.max(...all.flat().map(({ mebibytes }) => mebibytes));
    const each = long.map((l) =>
      `${everyMinutes(l, 3).join(" ")} in ${l.at(-1)!.age.toFixed(0)} min (${
        slope(l).toFixed(1)
      } a minute)`
    );
    return `${role}: at most ${most.toFixed(0)} MiB; those that lived for ${leastMinutes} min: ${
      each.join(", ") || "none"
    }`;
  });
}
