/**
 * The worker of {@linkcode ./pool.ts}: one local engine, opened by its set-up.
 *
 * @module
 */
import * as NodeContext from "@effect/platform-node/NodeContext";
import { Effect } from "effect";
import { serve } from "../../runtime/mod.ts";
import type { EngineOptions } from "./options.ts";
import type {
  EngineError,
  GenerateRequest,
  Generation,
  PromptGradient,
  PromptGradientRequest,
  SaliencyRequest,
  SaliencyResult,
} from "./engine.ts";
import { openLocalEngine } from "./open.ts";

/** What the worker is asked. */
export type EngineMessage =
  | { readonly kind: "generate"; readonly request: GenerateRequest }
  | { readonly kind: "saliency"; readonly request: SaliencyRequest }
  | { readonly kind: "promptGradient"; readonly request: PromptGradientRequest };

/** What it answers. */
export type EngineAnswer = Generation | SaliencyResult | PromptGradient;

serve<EngineOptions, EngineMessage, EngineAnswer>((options) =>
  openLocalEngine(options).pipe(
    Effect.provide(NodeContext.layer),
    Effect.map((engine) => (message): Effect.Effect<EngineAnswer, EngineError> => {
      switch (message.kind) {
        case "generate":
          return engine.generate(message.request);
        case "saliency":
          return engine.saliency(message.request);
        case "promptGradient":
          return engine.promptGradient(message.request);
      }
    }),
  )
);
