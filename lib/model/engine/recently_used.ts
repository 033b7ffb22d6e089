/**
 * Values kept while there is room; what was used least recently goes first.
 *
 * @module
 */

/** Values by key, of which each takes a part of the room: one place by default. */
export class RecentlyUsed<A> {
  readonly #room: number;
  readonly #sizeOf: (value: A) => number;
  /** In the order of their last use. */
  readonly #values = new Map<string, A>();
  #taken = 0;

  /** With so much room in all. */
  constructor(room: number, sizeOf: (value: A) => number = () => 1) {
    this.#room = room;
    this.#sizeOf = sizeOf;
  }

  /** A value, which counts as a use of it. */
  get(key: string): A | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) {
      this.#values.delete(key);
      this.#values.set(key, value);
    }
    return value;
  }

  /** Keeps a value, for which others go if there is no room: {@linkcode makeRoom} gives those to whoever has to release them. */
  set(key: string, value: A): void {
    this.makeRoom(this.#sizeOf(value));
    this.#values.set(key, value);
    this.#taken += this.#sizeOf(value);
  }

  /** Drops values until there is room for one of this size, or none is left. */
  makeRoom(size: number): readonly A[] {
    const dropped: A[] = [];
    for (const [key, value] of this.#values) {
      if (this.#taken + size <= this.#room) break;
      this.#values.delete(key);
      this.#taken -= this.#sizeOf(value);
      dropped.push(value);
    }
    return dropped;
  }
}
