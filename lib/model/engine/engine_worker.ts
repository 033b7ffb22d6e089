/**
 * The worker of {@linkcode ./engine_pool.ts}: one local engine, opened by the first request.
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { Effect, Scope } from "effect";
import { serve } from "../../runtime/mod.ts";
import type { EngineOptions } from "./options.ts";
import {
  type Engine,
  EngineError,
  type GenerateRequest,
  type Generation,
  type PromptGradient,
  type PromptGradientRequest,
  type SaliencyRequest,
  type SaliencyResult,
} from "./engine.ts";
import { openLocalEngine } from "./open.ts";

/** What the worker is asked. */
export type EngineMessage =
  | { readonly kind: "open"; readonly options: EngineOptions }
  | { readonly kind: "generate"; readonly request: GenerateRequest }
  | { readonly kind: "saliency"; readonly request: SaliencyRequest }
  | { readonly kind: "promptGradient"; readonly request: PromptGradientRequest };

/** What it answers; nothing to "open". */
export type EngineAnswer = Generation | SaliencyResult | PromptGradient | undefined;

serve<EngineMessage, EngineAnswer>(Effect.gen(function* () {
  const scope = yield* Effect.scope;
  let engine: Engine | undefined;
  const use = <A>(call: (engine: Engine) => Effect.Effect<A, EngineError>) =>
    engine === undefined
      ? Effect.fail(new EngineError({ reason: "Cannot use the model as it is not open" }))
      : call(engine);
  return (message) => {
    switch (message.kind) {
      case "open":
        return openLocalEngine(message.options).pipe(
          Effect.provide(NodeContext.layer),
          Scope.extend(scope),
          Effect.map((opened) => void (engine = opened)),
        );
      case "generate":
        return use((e) => e.generate(message.request));
      case "saliency":
        return use((e) => e.saliency(message.request));
      case "promptGradient":
        return use((e) => e.promptGradient(message.request));
    }
  };
}));
