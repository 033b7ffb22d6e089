/**
 * The text of a generation as it grows, cut exactly before the first stop string.
 *
 * @module
 */
import type { Tokenizer } from "./tokenizer.ts";

/** What bytes that are not yet a whole character decode to, at the end of a text. */
const INCOMPLETE = /\uFFFD+$/;

/** A finished answer. */
export interface FinishedAnswer {
  /** Tokens that begin before the end of the text. */
  readonly ids: readonly number[];
  /** The text up to where it ends. */
  readonly text: string;
  /** Natural log-probability of each of `ids`. */
  readonly logProbabilities: readonly number[];
  /** Where each of `ids` begins in the text. */
  readonly starts: readonly number[];
}

/**
 * Collects tokens. Only the last few are decoded at each step: what a token adds to the text depends on those right before it, as
 * for a leading space or a character of several tokens.
 */
export class AnswerText {
  readonly #decode: Tokenizer["decode"];
  readonly #stop: readonly string[];
  readonly #longestStop: number;
  readonly #ids: number[] = [];
  readonly #logProbabilities: number[] = [];
  /** Length of the text before each token, whole characters only. */
  readonly #starts: number[] = [];
  #text = "";
  /** Length of the text and of the whole characters that wait after it for an incomplete one. */
  #length = 0;
  /** Tokens from `#context` on give the context for decoding those from `#read` on, which are not yet in the text. */
  #context = 0;
  #read = 0;
  #cut: number | undefined;

  /** Ends before the first of the `stop` strings; empty ones never match. */
  constructor(tokenizer: Pick<Tokenizer, "decode">, stop: readonly string[]) {
    this.#decode = tokenizer.decode;
    this.#stop = stop.filter((each) => each.length > 0);
    this.#longestStop = this.#stop.reduce((most, each) => Math.max(most, each.length), 0);
  }

  /** Number of tokens so far. */
  get tokens(): number {
    return this.#ids.length;
  }

  /** The tokens so far. */
  get ids(): readonly number[] {
    return this.#ids;
  }

  /** Appends a token; true once the text holds a stop string. */
  push(id: number, logProbability: number): boolean {
    this.#ids.push(id);
    this.#logProbabilities.push(logProbability);
    this.#starts.push(this.#length);
    const piece = this.#pending() ?? this.#again();
    const whole = piece.replace(INCOMPLETE, "");
    this.#length = this.#text.length + whole.length;
    if (piece.length > 0 && whole.length === piece.length) {
      this.#append(piece);
      this.#context = this.#read;
      this.#read = this.#ids.length;
    }
    return this.#cut !== undefined;
  }

  /** The answer as it stands; an incomplete character at its end is what it decodes to. */
  finish(): FinishedAnswer {
    if (this.#cut === undefined && this.#read < this.#ids.length) {
      this.#append(this.#pending() ?? this.#again());
      this.#read = this.#ids.length;
    }
    const cut = this.#cut;
    if (cut === undefined) {
      return {
        ids: this.#ids,
        text: this.#text,
        logProbabilities: this.#logProbabilities,
        starts: this.#starts,
      };
    }
    const kept = this.#starts.filter((start) => start < cut).length;
    return {
      ids: this.#ids.slice(0, kept),
      text: this.#text.slice(0, cut),
      logProbabilities: this.#logProbabilities.slice(0, kept),
      starts: this.#starts.slice(0, kept),
    };
  }

  /** What the tokens that are not yet in the text decode to after it; undefined where they may change what is before them. */
  #pending(): string | undefined {
    const before = this.#decode(this.#ids.slice(this.#context, this.#read));
    const all = this.#decode(this.#ids.slice(this.#context));
    const piece = all.slice(before.length);
    // a character that waits for bytes is one sign, several are bytes of a run that is no text
    return all.startsWith(before) && !piece.includes("\uFFFD\uFFFD") ? piece : undefined;
  }

  /** Bytes that are no text spoil those before them, where a run of byte tokens is read as a whole: the text begins again. */
  #again(): string {
    this.#text = "";
    this.#context = this.#read = 0;
    return this.#decode(this.#ids);
  }

  #append(piece: string): void {
    const from = Math.max(0, this.#text.length - this.#longestStop + 1);
    this.#text += piece;
    const found = this.#stop.map((each) => this.#text.indexOf(each, from)).filter((at) => at >= 0);
    if (this.#cut === undefined && found.length > 0) this.#cut = Math.min(...found);
  }
}
