/**
 * Packing: documents laid one after the other into rows of one length, so that little of a batch is padding. Rows are read
 * with plain causal attention: a document sees those before it in its row.
 *
 * @module
 */

/** Tokens of a text and what each counts in the loss as a prediction; equally long. */
export interface Document {
  /** Tokens. */
  readonly ids: readonly number[];
  /** Weight of each token in the loss. */
  readonly weights: readonly number[];
}

/** A row of T + 1 tokens: T are read, T predicted. The first token's weight is never used. */
export type PackedRow = Document;

/** Documents that wait for a row with room for them. */
const WAITING = 32;

/** What fills the end of a row; it counts nothing. */
const PADDING = 0;

/** How documents are laid into rows. */
export interface PackOptions {
  /**
   * Whether each has a row of its own. Packed rows begin with the longer documents, as shorter ones find room after them: a model that is
   * asked about a short text on its own has then hardly seen one where it begins a row.
   */
  readonly alone?: boolean;
}

/**
 * Packs documents into rows: the first of 32 waiting documents that fits goes next. A document longer than a row is cut into
 * pieces that overlap by the token which the next piece starts from.
 *
 * @param documents at least one that is not empty
 * @param tokens T
 * @param options by default, documents share rows
 * @returns rows for as long as there are documents; equal documents give equal rows
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { packRows } from "dynamic-prompt-corruption/model/training";
 *
 * const documents = [{ ids: [1, 2, 3], weights: [0, 1, 1] }, { ids: [4, 5], weights: [0, 1] }];
 * const [row] = packRows(documents, 5);
 * assert.deepEqual(row?.ids, [1, 2, 3, 4, 5, 0]); // five tokens are read, five predicted
 * ```
 */
export function* packRows(
  documents: Iterable<Document>,
  tokens: number,
  { alone = false }: PackOptions = {},
): Generator<PackedRow, void> {
  const source = pieces(documents, tokens + 1);
  const waiting: Document[] = [];
  while (true) {
    const ids: number[] = [];
    const weights: number[] = [];
    while (true) {
      while (waiting.length < WAITING) {
        const next = source.next();
        if (next.done) break;
        waiting.push(next.value);
      }
      const room = tokens + 1 - ids.length;
      const index = waiting.findIndex((document) => document.ids.length <= room);
      if (index < 0) break;
      const [document] = waiting.splice(index, 1) as [Document];
      ids.push(...document.ids);
      weights.push(...document.weights);
      if (alone) break;
    }
    if (ids.length === 0) return;
    while (ids.length <= tokens) {
      ids.push(PADDING);
      weights.push(0);
    }
    yield { ids, weights };
  }
}

function* pieces(documents: Iterable<Document>, longest: number): Generator<Document, void> {
  for (const document of documents) {
    const { ids, weights } = document;
    if (ids.length > 0 && ids.length <= longest) yield document;
    if (ids.length <= longest) continue;
    for (let start = 0; start + 1 < ids.length; start += longest - 1) {
      const part = weights.slice(start, start + longest);
      // the piece before predicted the shared token
      yield {
        ids: ids.slice(start, start + longest),
        weights: start === 0 ? part : part.with(0, 0),
      };
    }
  }
}
