/**
 * An engine that answers equal requests once: what the arms of an ablation share costs what one of them costs.
 *
 * @module
 */
import { Deferred, Effect } from "effect";
import { createHash } from "node:crypto";
import type { Engine, EngineError, Prefix } from "../model/mod.ts";

/**
 * Shares answers for as long as the returned engine lives; make one for each example. Sound because an engine's answers depend on
 * nothing but the request.
 */
export function shareRequests(engine: Engine): Engine {
  const share = <Request, Answer>(
    ask: (request: Request) => Effect.Effect<Answer, EngineError>,
    keyOf: (request: Request) => string,
  ) => {
    const answers = new Map<string, Deferred.Deferred<Answer, EngineError>>();
    return (request: Request): Effect.Effect<Answer, EngineError> =>
      Effect.gen(function* () {
        const key = keyOf(request);
        const known = answers.get(key);
        if (known !== undefined) return yield* Deferred.await(known);
        const answer = yield* Deferred.make<Answer, EngineError>();
        answers.set(key, answer);
        yield* Effect.intoDeferred(ask(request), answer);
        return yield* Deferred.await(answer);
      });
  };
  return {
    generate: share(
      engine.generate,
      ({ prefix, ...rest }) => keyOfPrefix(prefix) + JSON.stringify(rest),
    ),
    saliency: share(
      engine.saliency,
      ({ prefix, ...rest }) => keyOfPrefix(prefix) + JSON.stringify(rest),
    ),
    promptGradient: engine.promptGradient,
  };
}

function keyOfPrefix({ vectors, ids, hidden }: Prefix): string {
  const bytes = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
  return createHash("sha256").update(bytes).digest("base64") + JSON.stringify([ids, hidden]);
}
