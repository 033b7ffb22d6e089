/**
 * What a Jinja template writes, in a thread that can be stopped: a template may loop for ever.
 *
 * @module
 */
import { guard } from "../../runtime/mod.ts";
import type { JinjaRequest } from "./jinja_rendering.ts";

/** Seconds and MiB of memory that a template may take for one prompt. */
const [SECONDS, HEAP] = [2, 256];

const thread = guard<JinjaRequest, string>(new URL("./jinja_worker.ts", import.meta.url), {
  seconds: SECONDS,
  heap: HEAP,
});

/** Writes a text; throws where the template cannot be read or run, or not in time. */
export const render = (request: JinjaRequest): string => thread.call(request);
