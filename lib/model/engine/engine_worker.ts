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
  Divergence,
  Engine,
  Generation,
  HiddenStates,
  PromptGradient,
  SaliencyResult,
} from "./engine.ts";
import { openLocalEngine } from "./open.ts";

/** What the worker is asked: a request, and the name of the engine's function that answers it. */
export type EngineMessage = {
  [K in keyof Engine]: { readonly kind: K; readonly request: Parameters<Engine[K]>[0] };
}[keyof Engine];

/** What it answers. */
export type EngineAnswer = Generation | SaliencyResult | HiddenStates | Divergence | PromptGradient;

serve<EngineOptions, EngineMessage, EngineAnswer>((options) =>
  openLocalEngine(options).pipe(
    Effect.provide(NodeContext.layer),
    // the request is of the function that its kind names
    Effect.map((engine) => ({ kind, request }) => engine[kind](request as never)),
  )
);
