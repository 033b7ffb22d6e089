/**
 * The peer of the benchmark: a Python process that does the same work with PyTorch.
 *
 * @module
 */
import { Command } from "@effect/platform";
import { Data, Deferred, Effect, Queue, Stream } from "effect";
import { fileURLToPath } from "node:url";

/** What one run took, and how many tokens or texts it made. */
export interface Measure {
  /** Wall-clock time in seconds, or memory in bytes. */
  readonly amount: number;
  /** Tokens or texts. */
  readonly count: number;
}

/** A peer that could not do its work. */
export class PeerError extends Data.TaggedError("PeerError")<{ readonly reason: string }> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot measure the peer as ${this.reason}`;
  }
}

/** What the peer is asked: the name of the work and what it is done on. */
export type PeerRequest = Readonly<Record<string, unknown>> & { readonly work: string };

const SCRIPT = fileURLToPath(new URL("./peer.py", import.meta.url));

/**
 * Starts the peer, which ends with the scope.
 *
 * @param python an interpreter with torch, transformers and peft
 * @param threads of PyTorch
 */
export function startPeer(python: string, threads: number) {
  return Effect.gen(function* () {
    const requests = yield* Queue.unbounded<string>();
    const answers = yield* Queue.unbounded<Measure>();
    const ended = yield* Deferred.make<never, PeerError>();
    const end = (reason: string) => Deferred.fail(ended, new PeerError({ reason }));
    const command = Command.make(python, SCRIPT).pipe(
      Command.stdin(Stream.encodeText(Stream.fromQueue(requests))),
      Command.stderr("inherit"),
    );
    const process = yield* Effect.mapError(
      Command.start(command),
      () => new PeerError({ reason: `'${python}' cannot be started` }),
    );
    yield* process.stdout.pipe(
      Stream.decodeText(),
      Stream.splitLines,
      Stream.map((line) =>
        JSON.parse(line) as { readonly seconds: number; readonly count: number }
      ),
      Stream.runForEach(({ seconds, count }) => Queue.offer(answers, { amount: seconds, count })),
      Effect.ignore,
      Effect.zipRight(end(`'${python}' ended`)),
      Effect.forkScoped,
    );
    return (request: PeerRequest) =>
      Queue.offer(requests, `${JSON.stringify({ ...request, threads })}\n`).pipe(
        Effect.zipRight(Queue.take(answers)),
        Effect.raceFirst(Deferred.await(ended)),
      );
  });
}
