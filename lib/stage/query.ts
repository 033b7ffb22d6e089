/**
 * What the stages ask of the model: answers and their saliency.
 *
 * @module
 */
import { Effect } from "effect";
import { Acceptance, type Probe, SALIENCY, type Saliency } from "../dpc/mod.ts";
import {
  type Contrast,
  type EngineError,
  type GenerateRequest,
  type Generation,
  NO_PROMPT,
  type Sampling,
  type SoftPrompt,
} from "../model/mod.ts";
import { Model } from "./model.ts";
import { MEASURES } from "./probes.ts";
import { drawKey, type Generated, type Tokenized } from "./records.ts";

/** How far next-token logits are contrasted with those without the prompt. */
export type ContrastOptions = Omit<Contrast, "against">;

/** How an answer is generated; greedily and with attention and logits as they are by default. */
export interface GenerationOptions
  extends Pick<GenerateRequest, "sampling" | "calibration" | "draft"> {
  /** Contrasts logits with those without the prompt; a weight of 0 changes nothing. */
  readonly contrast?: ContrastOptions;
}

/** Asks for an answer under a prompt. */
export function ask(
  record: Tokenized,
  prompt: SoftPrompt,
  { contrast, ...options }: GenerationOptions = {},
): Effect.Effect<Generation, EngineError, Model> {
  const { prefixIds, ids, maxNewTokens, stop } = record;
  const sampling = samplingOf(record, prompt);
  return Effect.flatMap(
    Model,
    ({ engine }) =>
      engine.generate({
        ...{ prefix: { prompt, ids: prefixIds }, ids, maxNewTokens, stop, timed: true },
        ...(sampling === undefined ? {} : { sampling }),
        // the same request as without, so that arms share its answer
        ...(contrast === undefined || contrast.weight === 0
          ? {}
          : { contrast: { ...contrast, against: { prompt: NO_PROMPT, ids: prefixIds } } }),
        ...options,
      }),
  );
}

/**
 * How an answer is drawn: by the same numbers for the same question after the same prompt. After another prompt, and to a second question,
 * they are others: an answer that is corrected as its first was drawn badly must not be drawn badly again.
 */
function samplingOf(
  record: Tokenized,
  { hash, hidden }: SoftPrompt,
): Sampling | undefined {
  const { sampling, prefixIds, ids } = record;
  if (sampling === undefined) return undefined;
  const behind = `${hash} ${hidden.join()} ${prefixIds.length + ids.length}`;
  return { ...sampling, seed: Acceptance.drawSeed(sampling, `${drawKey(record)} ${behind}`, 0) };
}

/** The answers of an acceptance that samples, in the order of their draws. */
export function draw(
  record: Tokenized,
  prompt: SoftPrompt,
  draws: Acceptance.Draws,
  options: Pick<GenerationOptions, "calibration" | "contrast"> = {},
): Effect.Effect<readonly Generation[], EngineError, Model> {
  const { count, temperature, topP } = draws;
  return Effect.forEach(
    Array.from({ length: count }, (_, i) => Acceptance.drawSeed(draws, drawKey(record), i)),
    (seed) =>
      ask(record, prompt, {
        ...options,
        sampling: { ...record.sampling, temperature, topP, seed },
      }),
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
