/**
 * Where a model's own answer ends.
 *
 * @module
 */

/** Marks with which chat models end their turn; a text decoded with special tokens may hold them. */
export const TURN_ENDS = [
  "</s>",
  "<|im_end|>",
  "<|im_start|>",
  "<|eot_id|>",
  "<|endoftext|>",
  "<end_of_turn>",
] as const;

/** Characters of what follows a mark that are looked for in the question. */
const SHOWN = 40;

/**
 * The text before the first mark that follows something other than blanks: what comes after is the next question of a model that has
 * gone on with its few-shot prompt. A mark before words of the example's own question is a heading of its solution, and no end.
 */
export function cutAtMark(text: string, marks: readonly string[], question: string): string {
  const asked = question.toLowerCase().replace(/\s+/g, " ");
  const isRestated = (from: number) => {
    const next = text.slice(from, from + SHOWN).replace(/^[*\s]+|\n[^]*/g, "").trim().toLowerCase();
    return next.length > SHOWN / 4 && asked.includes(next);
  };
  const start = text.length - text.trimStart().length + 1;
  const cuts = marks.flatMap((mark) => {
    let at = text.indexOf(mark, start);
    while (at >= 0 && isRestated(at + mark.length)) at = text.indexOf(mark, at + 1);
    return at < 0 ? [] : [at];
  });
  return cuts.length === 0 ? text : text.slice(0, Math.min(...cuts));
}
