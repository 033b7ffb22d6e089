/**
 * What a run says about information flow and triggers, computed from its samples as they stream by: the content of
 * `dpc analyze` and of the report's figures.
 *
 * @module
 */
import { type FlowAnalysis, FlowCollector } from "./analysis_flow.ts";
import { type TriggerAnalysis, TriggerCollector } from "./analysis_trigger.ts";
import type { Sample } from "./sample.ts";
import { addTransition, NO_TRANSITIONS, type Transitions } from "../statistics/mod.ts";

/** The analysis of a run. */
export interface Analysis {
  /** Lines of samples.jsonl: examples times prompts times answers drawn. */
  readonly samples: number;
  /** The arm whose answers are the first ones. */
  readonly against: string;
  /** Null where no sample has its flow measured. */
  readonly flow: FlowAnalysis | null;
  /** By arm: those whose trigger gives different instances different scores. */
  readonly triggers: Readonly<Record<string, TriggerAnalysis>>;
  /** By arm: from the first answers to those of the arm. */
  readonly transitions: Readonly<Record<string, Transitions>>;
}

/**
 * Takes the samples of a run in one by one; keeps moments of the flow, and a score for each trigger and sample.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Effect, Stream } from "effect";
 * import { AnalysisCollector, Sample } from "dynamic-prompt-corruption/results";
 * import { Journal } from "dynamic-prompt-corruption/run";
 *
 * export const program = Effect.gen(function* () {
 *   const collector = new AnalysisCollector();
 *   yield* Stream.runForEach(Journal.rows("runs/first", Sample), (sample) =>
 *     Effect.sync(() => collector.add(sample)));
 *   assert.equal(collector.finish().samples, 8);
 * });
 * ```
 */
export class AnalysisCollector {
  readonly #against: string;
  readonly #flow = new FlowCollector();
  readonly #triggers = new Map<string, TriggerCollector>();
  readonly #transitions = new Map<string, Transitions>();
  #samples = 0;

  /**
   * Starts with no sample.
   *
   * @param against the arm whose answers are the first ones; "pt" by default
   */
  constructor(against: string = "pt") {
    this.#against = against;
  }

  /** Takes one more sample in. */
  add(sample: Sample): void {
    this.#samples += 1;
    const right = firstIsRight(sample, this.#against);
    if (sample.flow !== null && right !== undefined) {
      this.#flow.add(sample.flow, {
        right,
        text: firstText(sample, this.#against),
        question: `${sample.example}@${sample.prompt}`,
      });
    }
    for (const [name, { trigger, correct }] of Object.entries(sample.arms)) {
      if (right === undefined || name === this.#against) continue;
      const counts = this.#transitions.get(name) ?? NO_TRANSITIONS;
      this.#transitions.set(name, addTransition(counts, right, correct));
      if (trigger === null) continue;
      const collector = this.#triggers.get(name) ?? new TriggerCollector(trigger.name);
      this.#triggers.set(name, collector);
      collector.add(sample.prompt, { ...trigger, wrong: !right, example: sample.example });
    }
  }

  /** The analysis of the samples so far. */
  finish(): Analysis {
    return {
      samples: this.#samples,
      against: this.#against,
      flow: this.#flow.finish(),
      triggers: Object.fromEntries(
        [...this.#triggers].filter(([, collector]) => collector.discriminates)
          .map(([name, collector]) => [name, collector.finish()]),
      ),
      transitions: Object.fromEntries(this.#transitions),
    };
  }
}

/**
 * Whether the answer before any correction is right: that of the arm `against` or, in a run without it, of an arm whose trigger did
 * not fire. Undefined where neither is there.
 */
function firstIsRight({ arms }: Sample, against: string): boolean | undefined {
  return arms[against]?.correct ??
    Object.values(arms).find(({ trigger, first }) => trigger !== null && first === null)?.correct;
}

/** The answer before any correction: the one whose flow was measured. */
function firstText({ arms }: Sample, against: string): string {
  const triggered = Object.values(arms).find(({ trigger }) => trigger !== null);
  return arms[against]?.text ?? triggered?.first ?? triggered?.text ?? "";
}
