/**
 * Output that cannot be written: the reader has gone (`| head`), or the disk is full.
 *
 * @module
 */
import process from "node:process";

/** Exit code of a program that writes to a closed pipe: 128 and the number of SIGPIPE, as a shell says of other tools. */
const CLOSED_PIPE = 141;

/** The exit code, once output has been lost. */
let lost: number | undefined;

/** What else is done then. */
let end: (code: number) => void = () => {};

/** The exit code of this program if it can no longer write what it was asked for; undefined as long as it can. */
export const lostOutput = (): number | undefined => lost;

/**
 * Watches stdout and stderr: a closed pipe is silent, a stdout that cannot be written is one line. A stderr that cannot be written, as on a
 * full disk, is none: it has progress and warnings, and the work goes on.
 */
export function watchOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      const isClosed = code === "EPIPE";
      if (lost !== undefined || (stream === process.stderr && !isClosed)) return;
      lost = isClosed ? CLOSED_PIPE : 1;
      if (!isClosed) {
        process.stderr.write(`Cannot write to stdout as the system says "${message}"\n`);
      }
      process.exitCode = lost;
      end(lost);
    });
  }
}

/** Has a function called with the exit code once output is lost. */
export function onLostOutput(listener: (code: number) => void): void {
  end = listener;
  if (lost !== undefined) listener(lost);
}
