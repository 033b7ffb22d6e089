/**
 * A soft prompt: n vectors of the model's hidden size that stand before the input.
 *
 * @module
 */
import { Data } from "effect";
import { createHash } from "node:crypto";
import { oneLine } from "../schema/mod.ts";

/** A soft prompt that can't be used. */
export class PromptError extends Data.TaggedError("PromptError")<{
  readonly directory: string;
  readonly reason: string;
}> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot use the soft prompt '${this.directory}' as ${oneLine(this.reason)}`;
  }
}

/** Trained vectors, and where they come from. */
export interface SoftPrompt {
  /** [n, d] row-major, float32. */
  readonly vectors: Float32Array;
  /** n. */
  readonly virtualTokens: number;
  /** d. */
  readonly hiddenSize: number;
}

/** SHA-256 of the vectors' bytes, 64 hexadecimal digits. */
export function hashOf({ vectors }: SoftPrompt): string {
  const bytes = new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength);
  return createHash("sha256").update(bytes).digest("hex");
}
