/**
 * What the stages ask of the model: answers and their saliency.
 *
 * @module
 */
import { Effect } from "effect";
import { Acceptance, type Probe, SALIENCY, type Saliency } from "../dpc/mod.ts";
import type { EngineError, GenerateRequest, Generation, SoftPrompt } from "../model/mod.ts";
import { Model } from "./model.ts";
import { MEASURES } from "./probes.ts";
import type { Generated, Tokenized } from "./records.ts";

/** How an answer is generated; greedily and with attention as it is by default. */
export type GenerationOptions = Pick<GenerateRequest, "sampling" | "calibration" | "draft">;

/** Asks for an answer under a prompt. */
export function ask(
  record: Tokenized,
  prompt: SoftPrompt,
  options: GenerationOptions = {},
): Effect.Effect<Generation, EngineError, Model> {
  const { prefixIds, ids, maxNewTokens, stop } = record;
  return Effect.flatMap(
    Model,
    ({ engine }) =>
      engine.generate({
        ...{ prefix: { prompt, ids: prefixIds }, ids, maxNewTokens, stop, timed: true },
        ...options,
      }),
  );
}

/** The answers of an acceptance that samples, in the order of their draws. */
export function draw(
  record: Tokenized,
  prompt: SoftPrompt,
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

/** What a probe measures of an answer under its prompt; nothing to measure where the answer is empty. */
export function measure(
  record: Generated,
  probe: Probe = SALIENCY,
): Effect.Effect<Saliency | undefined, EngineError, Model> {
  return record.first.ids.length === 0
    ? Effect.succeed(undefined)
    : Effect.map(MEASURES[probe.name](record, probe), (flow) => ({ ...flow, probe }));
}
