/**
 * Units whose results are waited for, and what becomes of each: events of the queue are hints that anybody may have written, so only a
 * result that stands up to its checks is taken, and everything else has its job looked up and, where needed, put again.
 *
 * @module
 */
import { Effect, Either, Queue as Mailbox, type Scope } from "effect";
import type { Unit } from "../arm/mod.ts";
import { EngineError } from "../model/mod.ts";
import { type Sample, sampleId } from "../results/mod.ts";
import type { QueueError } from "./address.ts";
import type { Logger } from "./bullmq.ts";
import type { Dispatcher, NewJob, News } from "./dispatcher.ts";
import { judge, type JudgeOptions } from "./judge.ts";
import { readResult } from "./messages.ts";
import type { Seal } from "./seal.ts";

/** News that are looked into at a time. */
const READERS = 32;
/** How often an example is tried when it fails. */
const ATTEMPTS = 3;
/** How often a result that can't be used is asked for again: it may be somebody's who does no work. */
const PATIENCE = 10;

/** A unit whose result is waited for. */
interface Expected {
  readonly id: string;
  readonly unit: Unit;
  /** Hands over what became of it, once. */
  readonly answer: (result: Effect.Effect<Sample, EngineError>) => void;
  /** Whether a sweep has passed since it was put. */
  old: boolean;
  /** Whether it is looked into now, and whether more was heard meanwhile. */
  state: "idle" | "busy" | "again";
  /** Times that a worker failed on it, and that what came could not be used. */
  failed: number;
  unusable: number;
}

/** What a result comes to. */
type Verdict =
  | { readonly kind: "sample"; readonly sample: Sample }
  | { readonly kind: "failure"; readonly reason: string; readonly final: boolean }
  | { readonly kind: "unusable"; readonly reason: string; readonly forged: boolean };

/** What is needed to read results. */
export interface InboxOptions extends JudgeOptions {
  readonly log: Logger;
}

/** Waits for results. */
export type Inbox = Effect.Effect.Success<ReturnType<typeof openInbox>>;

/** Of a run, whose messages have this seal. */
export function openInbox(options: InboxOptions, seal: Seal) {
  return Effect.gen(function* () {
    const { log } = options;
    const expected = new Map<string, Expected>();
    const news = yield* Mailbox.unbounded<News>();
    const puts = yield* Mailbox.unbounded<NewJob>();
    let last = Date.now();
    const offer = (each: News) => {
      if (expected.has(each.id)) Mailbox.unsafeOffer(news, each);
    };
    const put = ({ id, unit }: Expected) =>
      Mailbox.unsafeOffer(puts, { id, data: seal.close("job", id, unit) });
    const settle = ({ id, answer }: Expected, result: Effect.Effect<Sample, EngineError>) => {
      expected.delete(id);
      last = Date.now();
      answer(result);
    };
    const fail = (waiting: Expected, reason: string) =>
      settle(waiting, new EngineError({ reason }));
    const verdictOf = ({ id, unit }: Expected, message: unknown): Effect.Effect<Verdict> => {
      const unusable = (reason: string, forged = false): Verdict => (
        { kind: "unusable", reason, forged }
      );
      const opened = seal.open("result", id, message);
      if (Either.isLeft(opened)) {
        return Effect.succeed(unusable(opened.left.reason, opened.left.forged));
      }
      const result = readResult(opened.right);
      if (Either.isLeft(result)) return Effect.succeed(unusable(result.left));
      if ("error" in result.right) {
        const { error: reason, final } = result.right;
        return Effect.succeed({ kind: "failure", reason, final });
      }
      return Effect.map(
        judge(unit, result.right.sample, options),
        Either.match({
          onLeft: (reason) => unusable(reason),
          onRight: (sample): Verdict => ({ kind: "sample", sample }),
        }),
      );
    };
    /** Names what was put aside, a reason that repeats once. */
    let said = "";
    const putAside = ({ unit }: Expected, reason: string) => {
      if (reason !== said) {
        log(
          `Asking again for '${
            sampleId(unit.example, unit.prompt)
          }', as what came is not a result: ${reason}`,
        );
      }
      said = reason;
    };
    const again = (queue: Dispatcher, waiting: Expected) =>
      Effect.map(queue.remove(waiting.id), () => put(waiting));

    const look = (queue: Dispatcher, waiting: Expected, failed: boolean) =>
      Effect.gen(function* () {
        const found = yield* queue.look(waiting.id);
        if (expected.get(waiting.id) !== waiting || found.kind === "open") return;
        if (found.kind === "missing") {
          if (failed && ++waiting.unusable > PATIENCE) {
            return fail(waiting, "Cannot evaluate it as its job was put back again and again");
          }
          return put(waiting);
        }
        const verdict = yield* verdictOf(waiting, found.result);
        switch (verdict.kind) {
          case "sample":
            return settle(waiting, Effect.succeed(verdict.sample));
          case "failure":
            if (verdict.final || ++waiting.failed >= ATTEMPTS) return fail(waiting, verdict.reason);
            return yield* again(queue, waiting);
          case "unusable": {
            putAside(waiting, verdict.reason);
            if (!verdict.forged && ++waiting.unusable > PATIENCE) {
              const { example, prompt } = waiting.unit;
              return fail(
                waiting,
                "Cannot use what a worker sent for the example " +
                  `'${sampleId(example, prompt)}': ${verdict.reason}`,
              );
            }
            return yield* again(queue, waiting);
          }
        }
      });

    const handle = (queue: Dispatcher, owned: Effect.Effect<unknown>) =>
      Effect.gen(function* () {
        const { id, result, failed } = yield* Mailbox.take(news);
        const waiting = expected.get(id);
        if (waiting === undefined) return;
        if (waiting.state !== "idle") {
          waiting.state = "again";
          return;
        }
        waiting.state = "busy";
        yield* Effect.gen(function* () {
          yield* owned;
          const verdict = result === undefined ? undefined : yield* verdictOf(waiting, result);
          if (verdict?.kind === "sample") settle(waiting, Effect.succeed(verdict.sample));
          else yield* look(queue, waiting, failed);
        }).pipe(
          Effect.ensuring(Effect.sync(() => {
            const more = (waiting.state as Expected["state"]) === "again";
            waiting.state = "idle";
            if (more) offer({ id, failed: false });
          })),
        );
      });

    return {
      /** Takes in what was heard. */
      offer,
      /** Jobs to put. */
      puts,
      /** How many are waited for. */
      waiting: () => expected.size,
      /** Milliseconds since the last result, while one is waited for. */
      idleFor: () => expected.size === 0 ? 0 : Date.now() - last,
      /** Begins that count anew. */
      touch: () => void (last = Date.now()),
      /** Waits for a unit's result; returns what ends that. */
      expect: (id: string, unit: Unit, answer: Expected["answer"]) => {
        if (expected.size === 0) last = Date.now();
        const waiting: Expected = {
          ...{ id, unit, answer },
          ...{ old: false, state: "idle", failed: 0, unusable: 0 },
        };
        expected.set(id, waiting);
        put(waiting);
        return () => void expected.delete(id);
      },
      /** Looks into news until the scope ends, while the run is this process's. */
      serve: (
        queue: Dispatcher,
        owned: Effect.Effect<unknown>,
      ): Effect.Effect<void, never, Scope.Scope> =>
        Effect.replicateEffect(
          Effect.forkScoped(Effect.forever(
            Effect.ignore(handle(queue, owned) as Effect.Effect<unknown, QueueError>),
          )),
          READERS,
          { discard: true },
        ),
      /** Has everything looked up that was put before the last sweep. */
      sweep: Effect.sync(() => {
        for (const each of expected.values()) {
          if (each.old) offer({ id: each.id, failed: false });
          each.old = true;
        }
      }),
      lookAtAll: Effect.sync(() => {
        for (const { id } of expected.values()) offer({ id, failed: false });
      }),
    };
  });
}
