/**
 * An entry of the table of what a snapshot runs.
 *
 * @module
 */

/** A start of a command. */
export interface Invocation {
  /** Unique within its group. */
  readonly name: string;
  /** As the command is called on the command line; "npm" runs a script of a copy of the tree. */
  readonly command: string;
  /** Arguments, separated by blanks. */
  readonly args: string;
  /** Runs without a network. */
  readonly offline?: boolean;
  /** Has a Redis server, whose address stands for {redis}, and beside it a worker with these arguments. */
  readonly worker?: string;
}

/** Invocations that follow each other in one folder; groups don't depend on each other. */
export interface Group {
  readonly name: string;
  /** Runs only where --only names it. */
  readonly onRequest?: boolean;
  readonly invocations: readonly Invocation[];
}

/** A line of the table: name, command, arguments, whatever is special. */
export const call = (
  name: string,
  command: string,
  args: string,
  special: Pick<Invocation, "offline" | "worker"> = {},
): Invocation => ({ name, command, args, ...special });
