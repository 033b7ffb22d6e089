/**
 * Ending what would not end by itself: a pattern or template that others wrote can be made to search or loop for ever.
 *
 * @module
 */
import { Script } from "node:vm";

/** Where the script finds what it is to call. */
const PLACE = Symbol.for("dynamic-prompt-corruption.call");
const places = globalThis as { [PLACE]?: () => unknown };

/** Only the run of a script can be stopped from outside, even inside a regular expression. */
const call = new Script(`globalThis[Symbol.for("${PLACE.description}")]()`);

/**
 * What a function gives, or an error where it does not end within so many seconds of the wall clock. Starting the clock takes some 30
 * microseconds.
 *
 * @param f sets no limit itself; called again where the time is over, as the process may have been stopped in it
 */
export function within<A>(seconds: number, f: () => A): A {
  places[PLACE] = f;
  const attempt = (): A => call.runInThisContext({ timeout: 1000 * seconds });
  try {
    try {
      return attempt();
    } catch (error) {
      if (!isTimeout(error)) throw error;
      return attempt();
    }
  } catch (error) {
    throw isTimeout(error) ? new Error(`it does not end within ${seconds} s`) : error;
  } finally {
    delete places[PLACE];
  }
}

const isTimeout = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | null)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
