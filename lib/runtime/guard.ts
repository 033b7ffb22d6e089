/**
 * Calls that can be stopped: what others wrote (a pattern, a template) can be made to search or loop for ever, or to fill the memory. It runs
 * in a thread, which is ended with it; the caller waits for no longer than a limit, and so stays open to signals.
 *
 * @module
 */
import { Effect } from "effect";
import process from "node:process";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";

/** Options of {@linkcode guard}. */
export interface GuardOptions {
  /** Seconds of processor time that a call may take. */
  readonly seconds: number;
  /** Most MiB of the thread's heap. */
  readonly heap: number;
}

/** A function that runs in a thread of its own. */
export interface Guard<Request, Response> {
  /** Calls it and waits; throws where it does, and where it does not end in time. */
  readonly call: (request: Request) => Response;
  /** The same without blocking this thread, with a limit of its own in seconds of processor time, for what may rightly take longer. */
  readonly callLater: (request: Request, seconds: number, signal: AbortSignal) => Promise<Response>;
}

/** What a call gave. */
export type Reply = { readonly id: number; readonly value: unknown } | {
  readonly id: number;
  readonly error: string;
};

/** What the thread is started with. */
export interface CallData {
  readonly port: MessagePort;
  /** Raised after each reply, and when the thread is ready. */
  readonly replies: Int32Array;
}

const BOOT = new URL("./worker_boot.mjs", import.meta.url);

/** Milliseconds from one look for a reply to the next. */
const LOOK = 100;
const LOOK_LATER = 5;
/** Seconds after which a call that waits is over anyway. */
const LONGEST = 120;
/** Seconds that a thread may take to start on a busy machine; nothing of others runs in it then. */
const START = 30;

/** Starts when it is first called, and again after a call that was stopped. The thread keeps no program alive. */
export function guard<Request, Response>(
  entry: URL,
  { seconds, heap }: GuardOptions,
): Guard<Request, Response> {
  let thread: Thread | undefined;
  const stop = (stopped: Thread, limit: number): Error => {
    stopped.end();
    // the next is started at once, to be ready when it is needed
    if (thread === stopped) thread = startThread(entry, heap);
    return new Error(`it does not end within ${limit} s and ${heap} MiB of memory`);
  };
  return {
    call: (request) => {
      const asked = thread ??= startThread(entry, heap);
      asked.waitUntilReady();
      const id = asked.send(request);
      const begun = process.cpuUsage();
      // looks are counted, not time: a process that is suspended meanwhile does not take longer
      const most = 1000 * seconds / LOOK;
      const used: number[] = [0];
      while (!isOver(used, seconds, most)) {
        const reply = asked.wait(id);
        if (reply !== undefined) return valueOf(reply) as Response;
        const { user, system } = process.cpuUsage(begun);
        used.push((user + system) / 1e6);
      }
      throw stop(asked, seconds);
    },
    callLater: async (request, limit, signal) => {
      const asked = thread ??= startThread(entry, heap);
      const id = asked.send(request);
      let begun: NodeJS.CpuUsage | undefined;
      for (let look = 0; look < 1000 * LONGEST / LOOK_LATER; look++) {
        const reply = asked.take(id);
        if (reply !== undefined) return valueOf(reply) as Response;
        if (!asked.isStarting()) begun ??= process.cpuUsage();
        const { user, system } = process.cpuUsage(begun);
        if (signal.aborted || asked.hasEnded() || begun && user + system > 1e6 * limit) break;
        await new Promise((resolve) => setTimeout(resolve, LOOK_LATER));
      }
      throw stop(asked, limit);
    },
  };
}

/** Processor seconds that only looking for a reply takes at most, while a call could take its limit. */
const IDLE = 0.01;

/**
 * Whether a call has had its time: of the processor, as a thread on a busy machine may hardly get any, or of the clock where it does
 * nothing, as one that has died.
 *
 * @param used processor seconds by each look so far
 * @param most looks in the limit
 */
function isOver(used: readonly number[], seconds: number, most: number): boolean {
  const looks = used.length - 1;
  if (looks < most) return false;
  const now = used[looks]!;
  return now >= seconds || now - used[looks - most]! < IDLE || looks >= 1000 * LONGEST / LOOK;
}

/** Whether each thread that was started is still starting; forgotten once it is not. */
const threads = new Set<() => boolean>();

const anyStarts = (): boolean => {
  for (const isStarting of threads) if (!isStarting()) threads.delete(isStarting);
  return threads.size > 0;
};

type Thread = ReturnType<typeof startThread>;

function startThread(entry: URL, heap: number) {
  const { port1: port, port2 } = new MessageChannel();
  const replies = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(BOOT, {
    workerData: { entry: entry.href, port: port2, replies } satisfies CallData & { entry: string },
    transferList: [port2],
    resourceLimits: { maxOldGenerationSizeMb: heap },
    stderr: true, // where V8 says that the heap is full
  });
  let ended = false;
  worker.on("error", () => ended = true);
  worker.on("exit", () => ended = true);
  worker.unref();
  const isStarting = () => !ended && Atomics.load(replies, 0) === 0;
  threads.add(isStarting);
  const received = new Map<number, Reply>();
  let last = 0;
  const take = (id: number): Reply | undefined => {
    for (let got = receiveMessageOnPort(port); got; got = receiveMessageOnPort(port)) {
      const reply = got.message as Reply;
      received.set(reply.id, reply);
    }
    const reply = received.get(id);
    received.delete(id);
    return reply;
  };
  return {
    /** Sends a request; gives the number of its reply. */
    send: (request: unknown): number => {
      port.postMessage({ id: ++last, request });
      return last;
    },
    take,
    /** A reply, if it comes within {@linkcode LOOK}. */
    wait: (id: number): Reply | undefined => {
      const seen = Atomics.load(replies, 0);
      const reply = take(id);
      if (reply !== undefined) return reply;
      Atomics.wait(replies, 0, seen, LOOK);
      return take(id);
    },
    waitUntilReady: () => {
      for (let look = 0; Atomics.load(replies, 0) === 0; look++) {
        if (look >= 1000 * START / LOOK) throw new Error(`no thread starts within ${START} s`);
        Atomics.wait(replies, 0, 0, LOOK);
      }
    },
    isStarting,
    hasEnded: () => ended,
    end: () => {
      port.close();
      void worker.terminate();
    },
  };
}

function valueOf(reply: Reply): unknown {
  if ("error" in reply) throw new Error(reply.error);
  return reply.value;
}

/** Milliseconds of a call behind which signals wait. */
const LONG = 50;

/** Behind all that has come in meanwhile; a timer may be due before. */
const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)));

/** Whether a long call has ended and nothing been let in since. */
let owed = false;

/**
 * A call that may block this thread for seconds; signals that came meanwhile are let in behind it, also where it throws, and before the
 * call of another fiber.
 */
export function blocking<A>(call: () => A): Effect.Effect<A> {
  return Effect.suspend(() => {
    if (owed) return Effect.zipRight(turn, blocking(call));
    if (anyStarts()) return Effect.delay(blocking(call), LOOK_LATER);
    const begun = performance.now();
    return Effect.flatMap(Effect.exit(Effect.sync(call)), (exit) => {
      if (performance.now() - begun < LONG) return exit;
      owed = true;
      setImmediate(() => owed = false);
      return Effect.zipRight(turn, exit);
    });
  });
}
