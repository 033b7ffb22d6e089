/**
 * The ids of a file's rows, noted so that one that comes twice is found.
 *
 * @module
 */

/** How the name of one of several files ends. */
export const SHARD = /-\d{5}-of-\d{5}$/;

/** Where a row stands in its file. */
export interface RowPlace {
  /** Among the rows, from 0. */
  readonly index: number;
  /** Line on which it starts, from 1. */
  readonly line: number;
  /** What `line` counts, if not lines. */
  readonly unit?: "row";
}

/**
 * Ids by row. An id that a row brings is kept as text; of a row that is named after its place ("test-17") only one bit is, so that a
 * large file without ids costs next to no memory.
 */
export class RowIds {
  readonly #stem: string;
  /** Lines of the ids that are not their row's name, by id. */
  readonly #lines = new Map<string, number>();
  /** One bit for each row, set where its id is its name. */
  #named = new Uint8Array(1024);

  /** @param path the dataset's file, whose name without folder, extension and number the rows are named after */
  constructor(path: string) {
    this.#stem = path.replace(/^.*[/\\]/, "").replace(/\.gz$/i, "").replace(/\.[^.]*$/, "")
      .replace(SHARD, "");
  }

  /** The id of a row that brings none. */
  nameOf(index: number): string {
    return `${this.#stem}-${index}`;
  }

  /** Notes the id of a row; returns what is wrong where another row has it, else undefined. */
  note(id: string, { index, line, unit }: RowPlace): string | undefined {
    const first = this.#lines.get(id);
    if (first !== undefined) return `id '${id}' is also on ${unit ?? "line"} ${first}`;
    if (id === this.nameOf(index)) {
      this.#setNamed(index);
      return undefined;
    }
    const row = this.#rowNamed(id);
    if (row !== undefined && this.#isNamed(row)) {
      return `id '${id}' is also that of row ${row + 1}: ` +
        "a row without an id is named after the file and its number from 0";
    }
    this.#lines.set(id, line);
    return undefined;
  }

  /** The row whose name an id is, whether or not there is such a row. */
  #rowNamed(id: string): number | undefined {
    const row = Number(id.slice(this.#stem.length + 1));
    return Number.isSafeInteger(row) && id === this.nameOf(row) ? row : undefined;
  }

  #isNamed(index: number): boolean {
    return ((this.#named[Math.floor(index / 8)] ?? 0) >> (index % 8) & 1) === 1;
  }

  #setNamed(index: number): void {
    const at = Math.floor(index / 8);
    if (at >= this.#named.length) {
      const longer = new Uint8Array(2 * at);
      longer.set(this.#named);
      this.#named = longer;
    }
    this.#named[at]! |= 1 << (index % 8);
  }
}
