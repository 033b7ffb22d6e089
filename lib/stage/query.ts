/**
 * What the stages ask of the model: answers and their saliency.
 *
 * @module
 */
import { Effect } from "effect";
import { Acceptance, type Saliency } from "../dpc/mod.ts";
import type { EngineError, GenerateRequest, Generation, Prefix } from "../model/mod.ts";
import { Model } from "./model.ts";
import type { Generated, PromptVectors, Tokenized } from "./records.ts";

/** How an answer is generated; greedily and with attention as it is by default. */
export type GenerationOptions = Pick<GenerateRequest, "sampling" | "calibration" | "draft">;

/** Asks for an answer under a prompt. */
export function ask(
  record: Tokenized,
  prompt: PromptVectors,
  options: GenerationOptions = {},
): Effect.Effect<Generation, EngineError, Model> {
  const { ids, maxNewTokens, stop } = record;
  return Effect.flatMap(
    Model,
    ({ engine }) =>
      engine.generate({ prefix: prefixOf(record, prompt), ids, maxNewTokens, stop, ...options }),
  );
}

/** The answers of an acceptance that samples, in the order of their draws. */
export function draw(
  record: Tokenized,
  prompt: PromptVectors,
  draws: Acceptance.Draws,
  options: Pick<GenerateRequest, "calibration"> = {},
): Effect.Effect<readonly Generation[], EngineError, Model> {
  const { count, temperature, topP } = draws;
  return Effect.forEach(
    Array.from({ length: count }, (_, i) => Acceptance.drawSeed(draws, record.id, i)),
    (seed) => ask(record, prompt, { ...options, sampling: { temperature, topP, seed } }),
    { concurrency: "unbounded" },
  );
}

/** Saliency of an answer under its prompt; nothing to measure where the answer is empty. */
export function measure(
  record: Generated,
): Effect.Effect<Saliency | undefined, EngineError, Model> {
  if (record.first.ids.length === 0) return Effect.succeed(undefined);
  return Effect.flatMap(Model, ({ engine }) =>
    engine.saliency({
      prefix: prefixOf(record, record.prompt),
      questionIds: record.ids,
      rationaleIds: record.first.ids,
    }));
}

const prefixOf = (
  { prefixIds }: Tokenized,
  { vectors, hidden = [] }: PromptVectors,
): Prefix => ({ vectors, ids: prefixIds, hidden });
