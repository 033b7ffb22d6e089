/**
 * What each probe of `dpc/` asks of the model.
 *
 * @module
 */
import { Effect } from "effect";
import {
  deepLayers,
  halves,
  lateFlow,
  type Probe,
  type ProbeName,
  type Saliency,
  tokenFlow,
} from "../dpc/mod.ts";
import { type EngineError, NO_PROMPT, type SoftPrompt } from "../model/mod.ts";
import { Model } from "./model.ts";
import type { Generated } from "./records.ts";

/** An answer that is not empty, and the prompt that it was given under. */
type Measured = Pick<Generated, "prompt" | "prefixIds" | "ids" | "first">;

/** A way to measure the flow. */
type Measure = (
  record: Measured,
  probe: Probe,
) => Effect.Effect<Omit<Saliency, "probe">, EngineError, Model>;

/** All probes. */
export const MEASURES: Readonly<Record<ProbeName, Measure>> = {
  saliency: (record, { loss }) => flowOf(record, { loss }),
  attention: (record) => flowOf(record, { attention: true }),
  gradientInput,
  divergence: (record) =>
    Effect.flatMap(
      kl(record, NO_PROMPT),
      (perToken) => spread(record, (t) => perToken[t]! / record.prompt.virtualTokens),
    ),
  occlusion: (record) =>
    Effect.flatMap(
      eachHidden(record.prompt, (hidden) => kl(record, hidden)),
      (changes) => spread(record, (t, j) => changes[j]![t]!),
    ),
  lateFlowChange: (record, { loss }) =>
    Effect.gen(function* () {
      const late = (prompt: SoftPrompt) =>
        Effect.map(
          flowOf({ ...record, prompt }, { loss }),
          (s) => lateFlow(tokenFlow(s, deepLayers(s.layers))),
        );
      const before = yield* late(record.prompt);
      const after = yield* eachHidden(record.prompt, late);
      return yield* spread(record, (_, j) => Math.abs(after[j]! - before));
    }),
};

const textOf = ({ prompt, prefixIds, ids, first }: Measured) => ({
  prefix: { prompt, ids: prefixIds },
  questionIds: ids,
  rationaleIds: first.ids,
});

const flowOf = (
  record: Measured,
  options: { readonly loss?: Probe["loss"]; attention?: boolean },
) =>
  Effect.flatMap(
    Model,
    ({ engine }) => engine.saliency({ ...textOf(record), ...options, timed: true }),
  );

const kl = (record: Measured, against: SoftPrompt) =>
  Effect.flatMap(Model, ({ engine }) =>
    Effect.map(
      engine.divergence({
        ...textOf(record),
        against: { prompt: against, ids: record.prefixIds },
        timed: true,
      }),
      ({ perToken }) => perToken,
    ));

/** What is made of the prompt with each position hidden from attention, in their order. */
const eachHidden = <A, E, R>(
  prompt: SoftPrompt,
  make: (hidden: SoftPrompt) => Effect.Effect<A, E, R>,
): Effect.Effect<readonly A[], E, R> =>
  Effect.forEach(
    Array.from({ length: prompt.virtualTokens }).keys(),
    (j) => make(prompt.with({ hidden: [...new Set([...prompt.hidden, j])] })),
    { concurrency: "unbounded" },
  );

/** |v_j . dL/dv_j| of the loss of either half of the rationale, spread over the tokens of that half. */
function gradientInput(record: Measured, { loss }: Probe) {
  return Effect.gen(function* () {
    const { engine } = yield* Model;
    const { prompt, prefixIds, ids, first } = record;
    const { method, vectors, virtualTokens } = prompt;
    const width = vectors.length / virtualTokens;
    const { former, latter } = halves(first.ids);
    const start = prefixIds.length + ids.length;
    const all = [...prefixIds, ...ids, ...first.ids];
    const productsOf = (from: number, to: number) =>
      Effect.map(
        engine.promptGradient({
          method,
          vectors,
          texts: [{ ids: all.slice(0, to), from }],
          tokenWeight: loss === "sum" ? 1 : 1 / first.ids.length,
        }),
        ({ gradient }) =>
          Array.from({ length: virtualTokens }, (_, j) => {
            let sum = 0;
            for (let i = j * width; i < (j + 1) * width; i++) sum += vectors[i]! * gradient[i]!;
            return Math.abs(sum);
          }),
      );
    const early = former.length === 0 ? [] : yield* productsOf(start, start + former.length);
    const late = yield* productsOf(start + former.length, all.length);
    return yield* spread(
      record,
      (t, j) => t < former.length ? early[j]! / former.length : late[j]! / latter.length,
    );
  });
}

/** A flow that is the same in every layer, and nothing in the rows of the question; `of` token t of the rationale and position j. */
function spread(
  { prompt: { virtualTokens }, ids, first }: Measured,
  of: (t: number, j: number) => number,
) {
  return Effect.map(Model, ({ config: { layers } }) => {
    const [questionRows, rationaleRows] = [ids.length, first.ids.length];
    const promptFlow = new Float32Array(layers * (questionRows + rationaleRows) * virtualTokens);
    let at = 0;
    for (let layer = 0; layer < layers; layer++) {
      at += questionRows * virtualTokens;
      for (let t = 0; t < rationaleRows; t++) {
        for (let j = 0; j < virtualTokens; j++) promptFlow[at++] = of(t, j);
      }
    }
    const none = new Float32Array(layers);
    return {
      layers,
      questionRows,
      rationaleRows,
      virtualTokens,
      promptFlow,
      questionToRationale: none,
      rationaleToRationale: none,
    };
  });
}
