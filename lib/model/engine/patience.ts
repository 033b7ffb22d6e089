/**
 * How long a worker may go without an answer: as long as its requests could take at ten times the slowest rate that was measured. One that
 * is suspended, or hangs in native code, would otherwise be waited for without an end.
 *
 * @module
 */
import type { EngineMessage } from "./engine_worker.ts";

/** Limits of silence. */
export interface Patience {
  /** Seconds for a token, while nothing has been measured. */
  readonly perToken: number;
  /** Times that a token may take what the slowest took. */
  readonly factor: number;
  /** Seconds that a worker has in any case. */
  readonly least: number;
}

/** Generous: a 7 B model in float32 on two cores takes 4 seconds for a token of a full batch. */
export const PATIENCE: Patience = { perToken: 10, factor: 10, least: 120 };

/** Tokens that a request may have to read and to make. */
export function tokensOf({ kind, request }: EngineMessage): number {
  switch (kind) {
    case "generate":
      return request.prefix.ids.length + request.ids.length + request.maxNewTokens;
    case "saliency":
    case "divergence":
      return request.prefix.ids.length + request.questionIds.length + request.rationaleIds.length;
    case "hiddenStates":
      return request.prefix.ids.length + request.ids.length;
    case "promptGradient":
      return request.texts.reduce((sum, { ids }) => sum + ids.length, 0);
  }
}

/** What an engine has learned of how long requests take. */
export class Rates {
  /** Seconds for a token, of the slowest request of a kind. */
  readonly #slowest = new Map<EngineMessage["kind"], number>();
  readonly #patience: Patience;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  /** Takes in that a request was answered after so many seconds. */
  measure(message: EngineMessage, seconds: number): void {
    const rate = seconds / Math.max(1, tokensOf(message));
    this.#slowest.set(message.kind, Math.max(rate, this.#slowest.get(message.kind) ?? 0));
  }

  /** Seconds after which a worker with these requests that has answered none of them counts as hung. */
  limit(messages: Iterable<EngineMessage>): number {
    const { perToken, factor, least } = this.#patience;
    let limit = least;
    for (const message of messages) {
      const slowest = this.#slowest.get(message.kind);
      const rate = slowest === undefined ? perToken : factor * slowest;
      limit = Math.max(limit, rate * tokensOf(message));
    }
    return limit;
  }
}
