/**
 * The merges of a SentencePiece BPE model, which a file gives by the score of what is merged.
 *
 * @module
 */

/**
 * Every way to merge two tokens into a third, the best first; of two of the same token, that with the longer first half (as
 * `generate_merges` of transformers).
 *
 * @param scores of the tokens that may be merged or come of it
 */
export function mergesByScore(
  scores: ReadonlyMap<string, number>,
): readonly (readonly [string, string])[] {
  const found: { readonly pair: readonly [string, string]; score: number; left: number }[] = [];
  for (const [token, score] of scores) {
    let left = 0;
    for (let at = 0; at < token.length;) {
      at += token.codePointAt(at)! > 0xffff ? 2 : 1;
      left++;
      const pair = [token.slice(0, at), token.slice(at)] as const;
      if (scores.has(pair[0]) && scores.has(pair[1])) found.push({ pair, score, left });
    }
  }
  return found.sort((a, b) => b.score - a.score || b.left - a.left).map(({ pair }) => pair);
}
