/**
 * Randomness that belongs to an instance: the same for the same seed and id, whatever ran before it and on whichever machine.
 *
 * @module
 */
import { createHash } from "node:crypto";

/**
 * A uniform number in [0, 1): the first 48 bits of SHA-256 of "seed/purpose/id", which any language can compute again.
 *
 * @param seed of the experiment
 * @param purpose what it decides, so that two decisions on one instance are independent under the same seed
 * @param id of the instance
 */
export function uniform(seed: number, purpose: string, id: string): number {
  const digest = createHash("sha256").update(`${seed}/${purpose}/${id}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
