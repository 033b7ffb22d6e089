/**
 * A soft prompt, the same value from the file it is loaded from to the feed of a graph.
 *
 * @module
 */
import { createHash } from "node:crypto";

/**
 * How a soft prompt was tuned, and so what its vectors are. "prompt": rows of the input [n, d] (prompt tuning, Lester et al. 2021).
 * "prefix": keys and values of each layer [n, layers, 2, kv, D], which no position computes (prefix tuning, Li & Liang 2021).
 */
export type TuningMethod = "prompt" | "prefix";

/** What a {@linkcode SoftPrompt} is made of. */
export interface SoftPromptOptions {
  /** Names the prompt in a run: its directory's last name, or "base" for none. */
  readonly name: string;
  /** What the vectors are; "prompt" by default. */
  readonly method?: TuningMethod;
  /** [n, width] row-major, float32, with the width of its {@linkcode TuningMethod}; empty for none. */
  readonly vectors: Float32Array;
  /** Number of virtual tokens, n. */
  readonly virtualTokens: number;
  /** Virtual tokens that nothing attends to; none by default. */
  readonly hidden?: readonly number[];
}

/**
 * n virtual tokens that stand before the input: vectors of the model's hidden size, or keys and values of each layer. A class, so that no
 * spread makes one with other vectors and the hash of these: caches of the engine and of arms go by it.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { SoftPrompt } from "dynamic-prompt-corruption/prompt";
 *
 * const prompt = new SoftPrompt({ name: "own", vectors: Float32Array.of(1, 2, 3, 4), virtualTokens: 2 });
 * const halved = prompt.with({ vectors: prompt.vectors.map((x) => x / 2) });
 * assert.equal(halved.name, "own");
 * assert.notEqual(halved.hash, prompt.hash);
 * ```
 */
export class SoftPrompt implements SoftPromptOptions {
  /** Names the prompt in a run. */
  readonly name: string;
  /** What the vectors are. */
  readonly method: TuningMethod;
  /** [n, width] row-major, float32; empty for none. */
  readonly vectors: Float32Array;
  /** Number of virtual tokens, n. */
  readonly virtualTokens: number;
  /** Virtual tokens that nothing attends to. */
  readonly hidden: readonly number[];
  /** SHA-256 of the vectors' bytes, behind the method's name where that is not "prompt": 64 hexadecimal digits. */
  readonly hash: string;

  /** Computes the hash; `hash` is for vectors of which it is known. */
  constructor(
    { name, method = "prompt", vectors, virtualTokens, hidden = [] }: SoftPromptOptions,
    hash: string = hashOf(method, vectors),
  ) {
    this.name = name;
    this.method = method;
    this.vectors = vectors;
    this.virtualTokens = virtualTokens;
    this.hidden = hidden;
    this.hash = hash;
  }

  /** The same prompt with other vectors, as many, or with other positions hidden. */
  with(changes: Partial<Pick<SoftPromptOptions, "vectors" | "hidden">>): SoftPrompt {
    const hash = changes.vectors === undefined ? this.hash : hashOf(this.method, changes.vectors);
    return new SoftPrompt({ ...this, ...changes }, hash);
  }
}

function hashOf(method: TuningMethod, { buffer, byteOffset, byteLength }: Float32Array): string {
  return createHash("sha256")
    .update(method === "prompt" ? "" : method)
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");
}

/** No soft prompt. */
export const NO_PROMPT: SoftPrompt = new SoftPrompt({
  name: "base",
  vectors: new Float32Array(0),
  virtualTokens: 0,
});
