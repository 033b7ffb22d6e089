/**
 * Which answer counts once there are two or more.
 *
 * @module
 */

import type { Registry } from "../registry/mod.ts";
import { meanConfidence } from "./confidence.ts";
import { uniform } from "./random.ts";

/** An answer that may be accepted. */
export interface Candidate {
  /** Natural log-probability of each token. */
  readonly logProbabilities: readonly number[];
  /** The extracted answer; absent where none was found. */
  readonly answer: string | undefined;
}

/** A rule that chooses one of several answers, the first answer first. */
export interface Acceptance {
  /** How tables and run.json call it. */
  readonly name: string;
  /** Index of the accepted candidate; there is at least one. */
  readonly choose: (candidates: readonly Candidate[]) => number;
  /** Answers that are sampled under the last prompt, and that it then chooses among instead of the greedy ones; none by default. */
  readonly draws?: Draws;
}

/** Sampled answers. */
export interface Draws {
  /** How many are drawn. */
  readonly count: number;
  /** Of the softmax; the lower, the nearer to greedy. */
  readonly temperature: number;
  /** Least set of tokens whose probability reaches it; 1 for all. */
  readonly topP: number;
  /** Seed that those of the single answers follow from. */
  readonly seed: number;
}

/** The paper's: the last answer replaces the first. */
export const second: Acceptance = {
  name: "second",
  choose: (candidates) => candidates.length - 1,
};

/** The answer with the highest mean token log-probability, of equals the first. */
export const moreConfident: Acceptance = {
  name: "moreConfident",
  choose: (candidates) => {
    const confidences = candidates.map(({ logProbabilities }) => meanConfidence(logProbabilities));
    return confidences.reduce((best, value, i) => value > confidences[best]! ? i : best, 0);
  },
};

/** The answer that most candidates give (self-consistency, Wang et al. 2023); of equals the one seen first, no answer never wins against one. */
export const majority: Acceptance = {
  name: "majority",
  choose: (candidates) => {
    const votes = new Map<string, number>();
    for (const { answer } of candidates) {
      if (answer !== undefined) votes.set(answer, (votes.get(answer) ?? 0) + 1);
    }
    const most = Math.max(0, ...votes.values());
    const winner = candidates.findIndex(({ answer }) =>
      answer !== undefined && votes.get(answer) === most
    );
    return Math.max(0, winner);
  },
};

/** Defaults of {@linkcode selfConsistency}; temperature 0.7 without a nucleus is one of the paper's settings. */
export const SAMPLING: Pick<Draws, "count" | "temperature" | "topP"> = {
  count: 8,
  temperature: 0.7,
  topP: 1,
};

/**
 * The majority of sampled answers (self-consistency, Wang et al., ICLR 2023).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Acceptance } from "dynamic-prompt-corruption/dpc";
 *
 * const rule = Acceptance.selfConsistency({ count: 3, seed: 1 });
 * const answers = ["18", "20", "18"].map((answer) => ({ answer, logProbabilities: [] }));
 * assert.equal(answers[rule.choose(answers)]?.answer, "18");
 * ```
 */
export function selfConsistency(options: Partial<Draws> & Pick<Draws, "seed">): Acceptance {
  const draws = { ...SAMPLING, ...options };
  const { count, temperature } = draws;
  if (!(Number.isInteger(count) && count >= 1)) {
    throw new RangeError(`The number of sampled answers must be 1 or more: found ${count}`);
  }
  if (!(temperature > 0)) {
    throw new RangeError(`A temperature must be above 0: found ${temperature}`);
  }
  return {
    name: `selfConsistency(${count})`,
    choose: majority.choose,
    draws,
  };
}

/** The seed of the i-th sampled answer to an instance. */
export function drawSeed({ seed }: Pick<Draws, "seed">, id: string, i: number): number {
  return Math.floor(uniform(seed, `draw ${i}`, id) * 2 ** 32);
}

/** All rules by name. */
export const registry: Registry.Registry<
  Registry.Entry<Partial<Draws> & Pick<Draws, "seed">, Acceptance>
> = {
  kind: "acceptance rule",
  entries: {
    second: { description: "the paper's: the last answer", make: () => second },
    moreConfident: {
      description: "the answer with the highest mean log-probability",
      make: () => moreConfident,
    },
    selfConsistency: {
      description: "the majority of sampled answers (Wang et al. 2023)",
      defaults: SAMPLING,
      make: selfConsistency,
    },
  },
};
