/**
 * What somebody may write to a queue's server who has no secret: jobs, results and events that are none, wrong ones in the right form, and
 * keys of the run itself. It never stops a run outright, which who can write there can always do.
 *
 * @module
 */
import { connect } from "node:net";
import { Buffer } from "node:buffer";
import { Effect } from "effect";
import { PCGRandom } from "effect/Utils";

/** A command of Redis. */
type Command = readonly string[];

/** What to aim at. */
export interface Target {
  /** The id of the run. */
  readonly run: string;
  /** Ids of its jobs. */
  readonly jobs: readonly string[];
  /** What a worker could send for a job, unsigned. */
  readonly resultOf: (job: string, random: PCGRandom) => string;
}

/** Texts that are not what is expected anywhere. */
const GARBAGE = [
  "",
  "{",
  "null",
  "[]",
  "7",
  "1e999",
  "{}",
  '{"body":1}',
  '{"body":"{}"}',
  '{"body":"{","signature":"00"}',
  '{"__proto__":{"x":1}}',
  '{"body":"{\\"__proto__\\":1}"}',
  `"${"x".repeat(5000)}"`,
  "\u0000\u001b]0;x\u0007",
];

/** Commands of one attack. */
export function attack({ run, jobs, resultOf }: Target, random: PCGRandom): readonly Command[] {
  const pick = <A>(all: readonly A[]): A => all[random.integer(all.length)]!;
  const key = (name: string) => `dpc:${run}:${name}`;
  const own = (name: string) => `dpc:run:${run}:${name}`;
  const job = pick(jobs);
  const stranger = `stranger-${random.integer(1e9)}`;
  const garbage = pick(GARBAGE);
  const result = random.integer(2) === 0
    ? garbage
    : JSON.stringify(random.integer(2) === 0 ? resultOf(job, random) : garbage);
  const put = (...fields: readonly string[]): readonly Command[] => [
    ["HSET", key(stranger), "name", "example", "timestamp", "1", ...fields],
    [pick(["LPUSH", "RPUSH"]), key("wait"), stranger],
    ["ZADD", key("marker"), "0", "0"],
  ];
  const event = (...fields: readonly string[]): readonly Command[] => [
    ["XADD", key("events"), "*", ...fields],
  ];
  return pick<() => readonly Command[]>([
    () => event("event", "completed", "jobId", job, "returnvalue", result),
    () => event("event", "completed", "jobId", stranger, "returnvalue", result),
    () => event("event", "failed", "jobId", job, "failedReason", garbage),
    () => event("event", garbage, garbage, "jobId"),
    () => put("data", garbage, "opts", "{}"),
    () => put("data", "{}", "opts", garbage),
    () => put("data", JSON.stringify(garbage), "opts", "{}", "progress", garbage),
    () => put("data", JSON.stringify(resultOf(job, random)), "opts", '{"attempts":1000000}'),
    () => [["HSET", key(job), "data", garbage]],
    () => [["HSET", key(job), "opts", garbage]],
    () => [["HSET", key(job), "finishedOn", "1", "returnvalue", result]],
    () => [["DEL", key(job)]],
    () => [["DEL", key(job)], ["SET", key(job), garbage]],
    () => [["LREM", key("wait"), "0", job]],
    () => [["HSET", key("meta"), "paused", "1"]],
    () => [["HSET", key("meta"), "concurrency", "0"]],
    () => [["SET", own("plan"), garbage]],
    () => [["SET", own("coordinator"), garbage, "PX", "1000"]],
    () => [["HSET", "dpc:runs", stranger, garbage]],
    () => [["ZADD", own("workers"), "1", stranger]],
  ])();
}

/** Attacks a server so many times, with pauses between. */
export const attackServer = (
  url: string,
  target: Target,
  { attacks, seed, pause }: {
    readonly attacks: number;
    readonly seed: number;
    /** Milliseconds. */
    readonly pause: number;
  },
): Effect.Effect<void> =>
  Effect.scoped(Effect.gen(function* () {
    const { hostname, port } = new URL(url);
    const socket = yield* Effect.acquireRelease(
      Effect.sync(() => connect(Number(port), hostname).on("error", () => {}).resume()),
      (socket) => Effect.sync(() => socket.destroy()),
    );
    const random = new PCGRandom(seed);
    for (let at = 0; at < attacks; at++) {
      for (const command of attack(target, random)) {
        const words = command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
        socket.write(`*${command.length}\r\n${words.join("")}`);
      }
      yield* Effect.sleep(pause);
    }
  }));
