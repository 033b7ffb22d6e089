/**
 * Where a model's own answer ends.
 *
 * @module
 */

/** Marks with which chat models end their turn; a text decoded with special tokens may hold them. */
export const TURN_ENDS = ["</s>", "<|im_end|>", "<|eot_id|>", "<|endoftext|>"] as const;

/**
 * The text before the first stop string that follows something other than blanks: what comes after is the next question of a
 * model that has gone on with its few-shot prompt.
 */
export function cutAtStop(text: string, stops: readonly string[]): string {
  const from = text.length - text.trimStart().length + 1;
  const cuts = stops.map((stop) => text.indexOf(stop, from)).filter((at) => at >= 0);
  return cuts.length === 0 ? text : text.slice(0, Math.min(...cuts));
}
