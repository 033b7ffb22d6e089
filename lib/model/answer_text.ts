// TEMPORARY: text by ids until the tokenizer lands
export interface AnswerTextSource { readonly decode: (ids: readonly number[]) => string }
export class AnswerText {
  #ids: number[] = []; #lp: number[] = []; #source; #stop;
  constructor(source: AnswerTextSource, stop: readonly string[]) { this.#source = source; this.#stop = stop; }
  get tokens() { return this.#ids.length; }
  push(id: number, lp: number): boolean { this.#ids.push(id); this.#lp.push(lp); void this.#stop; return false; }
  finish() { return { ids: this.#ids, text: this.#source.decode(this.#ids), logProbabilities: this.#lp }; }
}
